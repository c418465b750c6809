//! The body of a call: JSON from the command line, a file or standard input, or a file to upload.

use std::io::Read;
use std::path::PathBuf;

use portico_engine::CallBody;

use crate::failure::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct BodyArgs {
    /// The body: JSON, a file of it, or `-` for standard input
    #[arg(long, value_name = "JSON|FILE|-")]
    body: Option<String>,

    /// The file to upload, for operations that take one
    #[arg(long, value_name = "FILE", conflicts_with = "body")]
    file: Option<PathBuf>,
}

impl BodyArgs {
    pub(super) fn read(self) -> Result<CallBody, Failure> {
        if let Some(path) = self.file {
            let name = path.file_name().unwrap_or_default();
            return Ok(CallBody::File {
                name: name.to_string_lossy().into_owned(),
                content: read(&path)?.into(),
            });
        }
        let json = match self.body {
            None => return Ok(CallBody::None),
            Some(text) if text == "-" => from_standard_input()?,
            // No path that anybody means begins like JSON's objects and lists.
            Some(text) if text.trim_start().starts_with(['{', '[']) => text.into_bytes(),
            Some(path) => read(&path.into())?,
        };
        Ok(CallBody::Json(json.into()))
    }
}

fn read(path: &PathBuf) -> Result<Vec<u8>, Failure> {
    std::fs::read(path)
        .map_err(|why| Failure::usage(format!("cannot read {}: {why}", path.display())))
}

fn from_standard_input() -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes)?;
    Ok(bytes)
}
