//! `backup` and `restore`: key file, rows, salts and evidence in one file.
//!
//! The file: [`MAGIC`]; for each file the length of its name (u16, little-endian), the name, its
//! length (u64), its bytes; a name of length 0; the SHA-256 of all that. A record comes after its
//! evidence, as on the disk.

use crate::{error::ValidatorError, lock, settings::Settings, state};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

/// How a back-up begins.
pub const MAGIC: &[u8] = b"alun-validator-backup/1\n";
/// Name of the key file in it.
const KEY: &str = "key";
/// Longest name, `65535-255/evidence-18446744073709551615.jsonl` and the like.
const NAME: usize = 64;
/// Largest key file.
const KEY_BYTES: u64 = 64 * 1_024;
/// Bytes copied at a time.
const CHUNK: usize = 64 * 1_024;

fn disk(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ValidatorError {
    let path = path.to_owned();
    move |source| ValidatorError::Disk { doing, path, source }
}

fn refused(path: &Path, reason: impl Into<String>) -> ValidatorError {
    ValidatorError::Backup { path: path.to_owned(), reason: reason.into() }
}

/// Hashes what goes through.
struct Hashed<T> {
    inner: T,
    state: Sha256,
}

impl<T> Hashed<T> {
    fn new(inner: T) -> Self {
        Self { inner, state: Sha256::new() }
    }
}

impl<T: Write> Write for Hashed<T> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.state.update(bytes.get(..written).unwrap_or_default());
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<T: Read> Read for Hashed<T> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.state.update(bytes.get(..read).unwrap_or_default());
        Ok(read)
    }
}

/// The files of a state folder by their names in a back-up, records after their evidence.
fn files(state: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for folder in fs::read_dir(state)? {
        let folder = folder?.file_name().to_string_lossy().into_owned();
        if !is_folder(&folder) {
            continue;
        }
        let mut epochs: Vec<u64> = fs::read_dir(state.join(&folder))?
            .filter_map(|entry| state::epoch_of(&entry.ok()?.path()))
            .collect();
        epochs.sort_unstable();
        for epoch in epochs {
            names.push(format!("{folder}/answers-{epoch}.pack"));
            names.push(format!("{folder}/evidence-{epoch}.jsonl"));
            names.push(format!("{folder}/epoch-{epoch}.json"));
        }
    }
    Ok(names)
}

/// `<netuid>-<mechanism>`.
fn is_folder(name: &str) -> bool {
    name.split_once('-').is_some_and(|(netuid, mechanism)| {
        netuid.parse::<u16>().is_ok() && mechanism.parse::<u8>().is_ok()
    })
}

/// Whether a name is one that `files` gives: a back-up of a stranger writes nowhere else.
fn is_ours(name: &str) -> bool {
    let Some((folder, file)) = name.split_once('/') else { return false };
    let epoch = [("answers-", ".pack"), ("evidence-", ".jsonl"), ("epoch-", ".json")]
        .into_iter()
        .find_map(|(start, end)| file.strip_prefix(start)?.strip_suffix(end));
    is_folder(folder) && epoch.is_some_and(|epoch| epoch.parse::<u64>().is_ok())
}

fn put(to: &mut impl Write, name: &str, from: &mut impl Read, length: u64) -> io::Result<()> {
    let named = u16::try_from(name.len()).map_err(io::Error::other)?;
    to.write_all(&named.to_le_bytes())?;
    to.write_all(name.as_bytes())?;
    to.write_all(&length.to_le_bytes())?;
    if io::copy(&mut from.take(length), to)? == length {
        return Ok(());
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

/// Writes a new back-up, which its owner alone can read. May run beside the validator: a file never
/// changes while it is read, since it is replaced as a whole.
pub fn backup(settings: &Settings, file: &Path) -> Result<(), ValidatorError> {
    let names = files(&settings.state_dir).map_err(disk("read", &settings.state_dir))?;
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut to = Hashed::new(BufWriter::new(opened.map_err(disk("make", file))?));
    let mut count = 0usize;
    to.write_all(MAGIC).map_err(disk("write", file))?;
    // A secret as such is not on the disk, and must not show in an error.
    if !alun_keys::is_uri(&settings.hotkey) {
        let key = Path::new(settings.hotkey.trim());
        let bytes = fs::read(key).map_err(disk("read", key))?;
        put(&mut to, KEY, &mut bytes.as_slice(), bytes.len() as u64)
            .map_err(disk("write", file))?;
        count += 1;
    }
    for name in names {
        let path = settings.state_dir.join(&name);
        let mut from = match File::open(&path) {
            // Removed since, or its evidence was no longer kept.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other.map_err(disk("read", &path))?,
        };
        let length = from.metadata().map_err(disk("read", &path))?.len();
        put(&mut to, &name, &mut from, length).map_err(disk("copy", &path))?;
        count += 1;
    }
    to.write_all(&0u16.to_le_bytes()).map_err(disk("write", file))?;
    let Hashed { inner: mut to, state } = to;
    to.write_all(&state.finalize()).map_err(disk("write", file))?;
    let to = to.into_inner().map_err(io::IntoInnerError::into_error);
    to.and_then(|to| to.sync_all()).map_err(disk("write", file))?;
    println!("{count} files are in {}; it holds the key: keep it safe", file.display());
    Ok(())
}

/// One file of a back-up, its bytes still to be read.
struct Next {
    name: String,
    length: u64,
}

fn next(from: &mut impl Read, file: &Path) -> Result<Option<Next>, ValidatorError> {
    let cut = |_| refused(file, "it ends too early");
    let mut named = [0; 2];
    from.read_exact(&mut named).map_err(cut)?;
    let mut name = vec![0; u16::from_le_bytes(named).into()];
    if name.is_empty() {
        return Ok(None);
    }
    if name.len() > NAME {
        return Err(refused(file, "a name in it is too long"));
    }
    let mut length = [0; 8];
    from.read_exact(&mut name).and_then(|()| from.read_exact(&mut length)).map_err(cut)?;
    let name = String::from_utf8(name).unwrap_or_default();
    let length = u64::from_le_bytes(length);
    if !is_ours(&name) && (name != KEY || length > KEY_BYTES) {
        return Err(refused(file, "there is something in it that no back-up has"));
    }
    Ok(Some(Next { name, length }))
}

fn begin(file: &Path) -> Result<Hashed<BufReader<File>>, ValidatorError> {
    let opened = File::open(file).map_err(disk("read", file))?;
    let mut from = Hashed::new(BufReader::with_capacity(CHUNK, opened));
    let mut magic = [0; MAGIC.len()];
    match from.read_exact(&mut magic) {
        Ok(()) if magic == MAGIC => Ok(from),
        _ => Err(refused(file, "it is no back-up of this version")),
    }
}

/// Whether the file is whole, before anything of it is used; gives the key in it.
fn check(file: &Path) -> Result<Option<Vec<u8>>, ValidatorError> {
    let mut from = begin(file)?;
    let mut key = None;
    while let Some(Next { name, length }) = next(&mut from, file)? {
        let mut part = (&mut from).take(length);
        let copied = if name == KEY {
            let mut bytes = Vec::new();
            let read = io::copy(&mut part, &mut bytes);
            key = Some(bytes);
            read
        } else {
            io::copy(&mut part, &mut io::sink())
        };
        if copied.map_err(disk("read", file))? != length {
            return Err(refused(file, "it ends too early"));
        }
    }
    let Hashed { inner: mut rest, state } = from;
    let (own, mut end) = (state.finalize(), Vec::new());
    rest.read_to_end(&mut end).map_err(disk("read", file))?;
    if end != own.as_slice() {
        return Err(refused(file, "it was cut or altered: its SHA-256 is another"));
    }
    Ok(key)
}

/// Writes a back-up's files where settings say. Nothing is overwritten.
pub fn restore(settings: &Settings, file: &Path) -> Result<(), ValidatorError> {
    let key = check(file)?;
    let _lock = lock::acquire(&settings.state_dir)?;
    let there = files(&settings.state_dir).map_err(disk("read", &settings.state_dir))?;
    if !there.is_empty() {
        let why = format!(
            "there are rows in {} already; restore into an empty folder",
            settings.state_dir.display()
        );
        return Err(refused(file, why));
    }
    if let Some(key) = key {
        if alun_keys::is_uri(&settings.hotkey) {
            let why = "it holds a key file: say with --hotkey where to write it";
            return Err(refused(file, why));
        }
        restore_key(Path::new(settings.hotkey.trim()), &key, file)?;
    }
    let mut from = begin(file)?;
    let mut count = 0usize;
    while let Some(Next { name, length }) = next(&mut from, file)? {
        let mut part = (&mut from).take(length);
        if name == KEY {
            io::copy(&mut part, &mut io::sink()).map_err(disk("read", file))?;
            continue;
        }
        let path = settings.state_dir.join(&name);
        let folder = path.parent().unwrap_or(&settings.state_dir);
        fs::create_dir_all(folder).map_err(disk("make", folder))?;
        let copy = |to: &mut dyn Write| io::copy(&mut part, to).map(drop);
        state::durably(&path, copy).map_err(disk("write", &path))?;
        count += 1;
    }
    println!("{count} files are in {}", settings.state_dir.display());
    Ok(())
}

fn restore_key(path: &Path, key: &[u8], file: &Path) -> Result<(), ValidatorError> {
    match fs::read(path) {
        Ok(there) if there == key => return Ok(()),
        Ok(_) => {
            let why = format!("{} is another key: it is not overwritten", path.display());
            return Err(refused(file, why));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(disk("read", path)(error)),
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(disk("make", folder))?;
    }
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut to = opened.map_err(disk("make", path))?;
    to.write_all(key).and_then(|()| to.sync_all()).map_err(disk("write", path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use std::os::unix::fs::PermissionsExt;

    fn settings(folder: &Path) -> Settings {
        let (state, key) = (folder.join("state"), folder.join("keys/hot"));
        let words = ["alun-validator", "--netuid", "1", "--state-dir"].map(String::from);
        let words = words.into_iter().chain([
            state.display().to_string(),
            "--hotkey".into(),
            key.display().to_string(),
        ]);
        Settings::try_parse_from(words).unwrap()
    }

    fn filled(folder: &Path) -> Settings {
        let settings = settings(folder);
        fs::create_dir_all(settings.state_dir.join("1-0")).unwrap();
        fs::create_dir_all(folder.join("keys")).unwrap();
        fs::write(&settings.hotkey, b"{\"secret\":1}").unwrap();
        for (name, bytes) in [
            ("lock", 0),
            ("1-0/epoch-7.json", 40),
            ("1-0/evidence-7.jsonl", 70_000),
            ("1-0/answers-7.pack", 200_000),
            ("1-0/epoch-8.json", 50),
            ("1-0/epoch-9.tmp", 60),
        ] {
            fs::write(settings.state_dir.join(name), vec![bytes as u8; bytes]).unwrap();
        }
        settings
    }

    #[test]
    fn restore_should_give_back_key_and_state_on_an_empty_machine_alone() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (filled(old.path()), settings(new.path()));
        let file = old.path().join("backup");
        backup(&from, &file).unwrap();
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(backup(&from, &file).is_err(), "a back-up was overwritten");
        restore(&to, &file).unwrap();
        assert_eq!(fs::read(&from.hotkey).unwrap(), fs::read(&to.hotkey).unwrap());
        assert_eq!(fs::metadata(&to.hotkey).unwrap().permissions().mode() & 0o777, 0o600);
        for name in files(&from.state_dir).unwrap() {
            let path = from.state_dir.join(&name);
            if path.exists() {
                assert_eq!(fs::read(path).unwrap(), fs::read(to.state_dir.join(name)).unwrap());
            }
        }
        assert!(!to.state_dir.join("1-0/epoch-9.tmp").exists());
        let again = restore(&to, &file).unwrap_err().to_string();
        assert!(again.contains("already"), "{again}");
        let other = tempfile::tempdir().unwrap();
        let third = settings(other.path());
        fs::create_dir_all(other.path().join("keys")).unwrap();
        fs::write(&third.hotkey, b"another").unwrap();
        let kept = restore(&third, &file).unwrap_err().to_string();
        assert!(kept.contains("another key"), "{kept}");
    }

    #[test]
    fn restore_should_refuse_a_file_that_was_cut_or_altered_and_write_nothing() {
        let (old, new) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (filled(old.path()), settings(new.path()));
        let file = old.path().join("backup");
        backup(&from, &file).unwrap();
        let whole = fs::read(&file).unwrap();
        for at in [0, 30, 40, 90, 5_000, whole.len() - 1] {
            let mut bent = whole.clone();
            bent[at] ^= 1;
            fs::write(&file, &bent).unwrap();
            restore(&to, &file).unwrap_err();
            fs::write(&file, &whole[..at]).unwrap();
            restore(&to, &file).unwrap_err();
        }
        fs::write(&file, [&whole[..], b"more"].concat()).unwrap();
        restore(&to, &file).unwrap_err();
        assert!(!to.state_dir.exists() && !Path::new(&to.hotkey).exists());
    }

    #[test]
    fn restore_should_write_nowhere_else() {
        for name in [
            "../epoch-1.json",
            "1-0/../epoch-1.json",
            "1-0/lock",
            "/etc/epoch-1.json",
            "1-0",
            "x-0/epoch-1.json",
        ] {
            assert!(!is_ours(name), "{name}");
        }
        assert!(
            is_ours("1-0/epoch-1.json") && is_ours("65535-255/answers-18446744073709551615.pack")
        );
    }
}
