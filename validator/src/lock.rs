//! One validator per state folder.

use crate::error::ValidatorError;
use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

/// Locks the folder until the file is dropped or the process dies, however it dies.
pub fn acquire(folder: &Path) -> Result<File, ValidatorError> {
    let disk = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| ValidatorError::Disk { doing, path, source }
    };
    fs::create_dir_all(folder).map_err(disk("make", folder))?;
    let path = folder.join("lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(disk("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ValidatorError::Locked(folder.to_owned())),
        Err(TryLockError::Error(source)) => Err(disk("lock", &path)(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_should_be_refused_while_another_holds_it() {
        let folder = tempfile::tempdir().unwrap();
        let held = acquire(folder.path()).unwrap();
        assert!(matches!(acquire(folder.path()), Err(ValidatorError::Locked(_))));
        drop(held);
        assert!(acquire(folder.path()).is_ok());
    }
}
