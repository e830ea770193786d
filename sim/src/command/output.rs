//! JSON on standard output, notes on standard error, tables and plots in files.

use super::SimError;
use serde::Serialize;
use std::{
    io::{self, Write},
    path::Path,
};

/// Prints one JSON document. A reader that stops reading is no failure.
pub fn print_json(value: &impl Serialize) -> Result<(), SimError> {
    let written = (|| {
        let mut out = io::BufWriter::new(io::stdout().lock());
        serde_json::to_writer(&mut out, value)?;
        out.write_all(b"\n")?;
        out.flush()
    })();
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => {
            other.map_err(|source| SimError::Write { what: "the standard output".into(), source })
        }
    }
}

/// Says something about the answer that is no part of it.
pub fn note(text: &str) {
    // Nobody may be there to hear it.
    drop(writeln!(io::stderr(), "{text}"));
}

/// Writes a file, where one is asked for.
pub fn write_file(
    path: Option<&Path>,
    text: impl FnOnce() -> Result<String, SimError>,
) -> Result<(), SimError> {
    match path {
        Some(path) => write(path, &text()?),
        None => Ok(()),
    }
}

/// Writes files of these names into a folder, where one is asked for. It is made if it is missing.
pub fn write_files(
    folder: Option<&Path>,
    files: impl FnOnce() -> Result<Vec<(String, String)>, SimError>,
) -> Result<(), SimError> {
    let Some(folder) = folder else {
        return Ok(());
    };
    std::fs::create_dir_all(folder)
        .map_err(|source| SimError::Write { what: folder.display().to_string(), source })?;
    for (name, text) in files()? {
        write(&folder.join(name), &text)?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), SimError> {
    std::fs::write(path, text)
        .map_err(|source| SimError::Write { what: path.display().to_string(), source })
}
