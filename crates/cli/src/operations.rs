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
        /// Print the schemas of its body and its answer as well
        #[arg(long)]
        schemas: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Those of this app [default: those that can be called]
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
        Action::Show { id, schemas } => show(&id, schemas, output),
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
        let table = table(["id", "method and path", "area", "access", "effects"], rows);
        if shown.operations.iter().all(|one| one.callable) {
            return table;
        }
        format!("{table}\n\nThese are called by Portico itself, and cannot be called through it.")
    })
}

fn show(id: &str, schemas: bool, output: Output) -> Result<(), Failure> {
    let shown = OperationDetailOut::from(Engine::operation(id)?);
    output.answer(&shown, |shown| {
        let described = shown.schemas_in_words();
        match (described.is_empty(), schemas) {
            (true, _) => shown.to_string(),
            (false, true) => format!("{shown}\n\n{described}"),
            (false, false) => format!("{shown}\n\n--schemas prints the schemas as well"),
        }
    })
}
