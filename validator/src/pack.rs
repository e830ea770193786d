//! An epoch's answers in one file: for each its SHA-256, its length (u32, little-endian), its bytes.
//! One file, so that it is durable by one fsync whatever the number of answers.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom, Write},
    path::Path,
};

/// Where each answer lies: offset and length.
pub type Index = BTreeMap<[u8; 32], (u64, u32)>;

/// Writes answers.
pub fn write(file: &mut dyn Write, answers: &[([u8; 32], Vec<u8>)]) -> io::Result<()> {
    for (sha256, bytes) in answers {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        file.write_all(sha256)?;
        file.write_all(&length.to_le_bytes())?;
        file.write_all(bytes)?;
    }
    Ok(())
}

/// Reads where answers lie. A file that ends too early is an error.
pub fn index(path: &Path) -> io::Result<Index> {
    let file = File::open(path)?;
    let end = file.metadata()?.len();
    let mut file = BufReader::new(file);
    let (mut index, mut at) = (Index::new(), 0u64);
    while at < end {
        let (mut sha256, mut length) = ([0; 32], [0; 4]);
        file.read_exact(&mut sha256)?;
        file.read_exact(&mut length)?;
        let length = u32::from_le_bytes(length);
        let start = at.saturating_add(36);
        at = start.saturating_add(length.into());
        if at > end {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        file.seek_relative(length.into())?;
        index.insert(sha256, (start, length));
    }
    Ok(index)
}

/// The bytes that lie there.
pub fn read(path: &Path, (offset, length): (u64, u32)) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(offset))?;
    let mut bytes = Vec::new();
    file.take(length.into()).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_should_be_found_again_and_a_cut_file_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("answers");
        let answers: Vec<([u8; 32], Vec<u8>)> =
            [(1, 0), (2, 5), (3, 70_000)].map(|(tag, long)| ([tag; 32], vec![tag; long])).into();
        let mut bytes = Vec::new();
        write(&mut bytes, &answers).unwrap();
        std::fs::write(&path, &bytes).unwrap();
        let index = index(&path).unwrap();
        for (sha256, body) in &answers {
            assert_eq!(read(&path, index[sha256]).unwrap(), *body);
        }
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(super::index(&path).is_err());
    }
}
