//! The master key's file: made once, readable by its owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::path::Path;

use portico_engine::MasterKey;

use crate::failure::{Failure, Kind};

/// Reads the key; `None` when there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<MasterKey>, Failure> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(why) if why.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(why) => {
            let message = format!("cannot read {}: {why}", path.display());
            return Err(Failure::usage(message));
        }
    };
    MasterKey::from_hex(&text)
        .map(Some)
        .map_err(|why| Failure::usage(format!("{}: {why}", path.display())))
}

/// Writes a new key, and never over an old one.
pub(crate) fn write(path: &Path, key: &MasterKey) -> Result<(), Failure> {
    write_new(path, &format!("{}\n", *key.to_hex()))
}

/// Writes a file that is readable by its owner alone; refuses when it is there.
pub(crate) fn write_new(path: &Path, text: &str) -> Result<(), Failure> {
    let mut file = create_new(path).map_err(|why| {
        if why.kind() == std::io::ErrorKind::AlreadyExists {
            let message = format!("{} is there already, and is left as it is", path.display());
            return Failure::new(Kind::Conflict, message);
        }
        refused("make", path, &why)
    })?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(|why| refused("write", path, &why))
}

/// Makes a folder that only its owner can look into; one that is there is left as it is.
pub(crate) fn make_folder(path: &Path) -> Result<(), Failure> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(path)
        .map_err(|why| refused("make", path, &why))
}

fn create_new(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn refused(what: &str, path: &Path, why: &std::io::Error) -> Failure {
    Failure::failed(format!("cannot {what} {}: {why}", path.display()))
}
