//! `portico operations`: what can be called at a vendor, by `portico call` and through the gateway.

use portico_domain::App;
use portico_domain::agent::Area;
use portico_engine::catalog::Access;
use portico_engine::{Engine, OperationFilter};
use portico_server::view::operation::{OperationDetailOut, OperationsOut};

use crate::failure::Failure;
use crate::output::{Output, table};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Action {
    /// List the operations
    List(ListArgs),
    /// Show what an operation takes, answers and does
    Show {
        /// The vendor's name of the operation, such as getOrders
        id: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only those of this app
    #[arg(long)]
    app: Option<App>,
    /// Only those of this area, such as orders
    #[arg(long)]
    area: Option<Area>,
    /// Only those that read
    #[arg(long, conflicts_with = "write")]
    read: bool,
    /// Only those that change something
    #[arg(long)]
    write: bool,
}

pub(crate) fn run(action: Action, output: Output) -> Result<(), Failure> {
    match action {
        Action::List(wanted) => list(&wanted, output),
        Action::Show { id } => show(&id, output),
    }
}

fn list(wanted: &ListArgs, output: Output) -> Result<(), Failure> {
    let access = match (wanted.read, wanted.write) {
        (true, _) => Some(Access::Read),
        (_, true) => Some(Access::Write),
        (false, false) => None,
    };
    let wanted = OperationFilter {
        app: wanted.app,
        area: wanted.area,
        access,
    };
    let shown: OperationsOut = Engine::operations(wanted).into_iter().collect();
    output.answer(&shown, |shown| {
        if shown.operations.is_empty() {
            return "there is no such operation: leave out --app, --area, --read or --write"
                .to_owned();
        }
        let rows = shown.operations.iter().map(|one| {
            [
                one.id.to_owned(),
                format!("{} {}", one.method, one.path),
                one.area.to_owned(),
                one.access.as_str().to_owned(),
                one.effects_in_words(),
            ]
        });
        table(["id", "method and path", "area", "access", "effects"], rows)
    })
}

fn show(id: &str, output: Output) -> Result<(), Failure> {
    let shown = OperationDetailOut::from(Engine::operation(id)?);
    output.answer(&shown, ToString::to_string)
}
