//! Files with secrets: written whole or not at all, readable by their owner only.

use crate::KeyError;
use rand::{rngs::OsRng, RngCore};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// Largest file that is read as a key.
const LARGEST: u64 = 64 * 1024;

/// Reads a whole file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => KeyError::Missing { path: path.into() },
        _ => KeyError::Io { path: path.into(), what: "read", source },
    };
    let size = fs::metadata(path).map_err(failed)?.len();
    if size > LARGEST {
        let why = format!("{size} bytes, a key has at most {LARGEST}");
        return Err(KeyError::Malformed { place: path.display().to_string(), why });
    }
    fs::read(path).map_err(failed)
}

/// Refuses to go on if the file exists, unless forced.
pub(crate) fn check_free(path: &Path, force: bool) -> Result<(), KeyError> {
    // A dangling link is there too.
    if !force && fs::symlink_metadata(path).is_ok() {
        return Err(KeyError::Exists { path: path.into() });
    }
    Ok(())
}

/// Writes a file with mode 0600 through a neighbour that then takes its name; makes the folders
/// it needs with mode 0700. What is there is replaced only if `force`.
pub(crate) fn write(path: &Path, content: &[u8], force: bool) -> Result<(), KeyError> {
    check_free(path, force)?;
    let failed = |source| KeyError::Io { path: path.into(), what: "written", source };
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder).map_err(failed)?;
    let neighbour = neighbour(path)?;
    let result = fill(&neighbour, content).and_then(|()| place(&neighbour, path, force));
    if result.is_err() {
        // Nothing useful can be done if this fails too; the first error is what matters.
        drop(fs::remove_file(&neighbour));
    }
    match result {
        Ok(()) => sync_folder(folder).map_err(failed),
        Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {
            Err(KeyError::Exists { path: path.into() })
        }
        Err(source) => Err(failed(source)),
    }
}

/// A name next to `path` that nobody else uses.
fn neighbour(path: &Path) -> Result<PathBuf, KeyError> {
    let mut random = [0; 8];
    OsRng.try_fill_bytes(&mut random).map_err(|error| KeyError::Random(error.to_string()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Ok(path.with_file_name(format!(".{name}.{}", hex::encode(random))))
}

fn fill(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(content)?;
    file.sync_all()
}

/// Gives the written file its name.
fn place(from: &Path, to: &Path, force: bool) -> io::Result<()> {
    if force {
        return fs::rename(from, to);
    }
    // Unlike renaming, linking fails if somebody else was faster.
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // A file system without links: the check before has to do.
        Err(_) => fs::rename(from, to),
    }
}

#[cfg(unix)]
fn create(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(not(unix))]
fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(folder)
}

/// Makes the new name last through a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) && !folder.as_os_str().is_empty() {
        return File::open(folder)?.sync_all();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn file_should_be_its_owners_only_when_written() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/key");
        write(&path, b"x", false).unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        // A looser file is tightened when it is replaced.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, b"y", true).unwrap();
        assert_eq!((mode(&path), read(&path).unwrap()), (0o600, b"y".to_vec()));
    }

    #[test]
    fn file_should_be_left_alone_when_it_exists_and_nothing_is_forced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        write(&path, b"old", false).unwrap();
        assert!(matches!(write(&path, b"new", false), Err(KeyError::Exists { .. })));
        assert_eq!(read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn one_writer_should_win_when_several_race() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let won: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|n| {
                    scope.spawn({
                        let path = &path;
                        move || write(path, &[n], false).is_ok()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| usize::from(thread.join().unwrap())).sum()
        });
        assert_eq!(won, 1);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn file_should_be_refused_when_missing_or_far_too_large() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(matches!(read(&path), Err(KeyError::Missing { .. })));
        fs::write(&path, vec![0; 100_000]).unwrap();
        assert!(matches!(read(&path), Err(KeyError::Malformed { .. })));
    }
}
