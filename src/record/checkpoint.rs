//! Checkpoints: written beside and renamed, the one before kept, the checksum in the log the proof.
//!
//! A file counts only when a `checkpoint` record of the log names its SHA-256; a torn or altered one is passed over for
//! the one before. Does not depend on what the bytes mean beyond being a safetensors file.

use super::SessionFolder;
use super::session_dir::write_whole;
use crate::format::RecordError;
use crate::protocol::Checkpoint;
use safetensors::SafeTensors;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes up to which a checkpoint is read.
const LARGEST: u64 = 4 << 30;

/// A checkpoint that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedCheckpoint {
    /// The file, relative to the session's folder.
    pub path: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
}

/// A checkpoint that was read and is what the log says.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadedCheckpoint {
    /// The record in the log.
    pub record: Checkpoint,
    /// The file's bytes.
    pub bytes: Vec<u8>,
}

impl SessionFolder {
    /// Writes the newest checkpoint of a run; the one before stays as `.prev`.
    ///
    /// # Errors
    /// When the files cannot be written; the newest checkpoint is then the old one, or stands as `.prev`.
    pub fn save_checkpoint(&self, run: &str, bytes: &[u8]) -> Result<SavedCheckpoint, RecordError> {
        let path = self.checkpoint(run)?;
        self.make("checkpoints")?;
        let beside = path.with_extension("new");
        write_whole(&beside, bytes)?;
        // A damaged file must not take the place of a good one.
        if is_whole(&path) {
            fs::rename(&path, previous(&path)).map_err(RecordError::io("rename", &path))?;
        }
        fs::rename(&beside, &path).map_err(RecordError::io("rename", &beside))?;
        if let Some(folder) = path.parent() {
            File::open(folder).and_then(|folder| folder.sync_all()).map_err(RecordError::io("write", folder))?;
        }
        Ok(SavedCheckpoint { path: format!("checkpoints/{run}.safetensors"), sha256: sha256(bytes) })
    }

    /// The newest checkpoint of a run that is among those its log knows, or the one before.
    ///
    /// # Errors
    /// [`RecordError::NoCheckpoint`] when neither file is one that the log knows.
    pub fn load_checkpoint(&self, run: &str, known: &[Checkpoint]) -> Result<LoadedCheckpoint, RecordError> {
        let newest = self.checkpoint(run)?;
        let mut reasons = Vec::new();
        for path in [previous(&newest), newest].into_iter().rev() {
            match read_weights(&path) {
                Ok(bytes) => {
                    let sum = sha256(&bytes);
                    if let Some(record) = known.iter().rev().find(|record| record.sha256 == sum) {
                        return Ok(LoadedCheckpoint { record: record.clone(), bytes });
                    }
                    reasons.push(format!("{} is not what the log says (SHA-256 {sum})", path.display()));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    reasons.push(format!("{} does not exist", path.display()));
                }
                Err(error) => reasons.push(format!("{}: {error}", path.display())),
            }
        }
        Err(RecordError::NoCheckpoint { run: run.to_owned(), message: reasons.join("; ") })
    }
}

/// SHA-256 of bytes, in hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn previous(path: &Path) -> PathBuf {
    path.with_extension("safetensors.prev")
}

/// Reads a file of weights, 4 GB of it at most.
///
/// # Errors
/// When it cannot be read, or is a device or a pipe, which could be read for ever.
pub fn read_weights(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("is not a regular file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn is_whole(path: &Path) -> bool {
    read_weights(path).is_ok_and(|bytes| SafeTensors::deserialize(&bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::super::test_folder;
    use super::*;

    fn weights(value: f32) -> Vec<u8> {
        let data: Vec<u8> = [value; 6].iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = safetensors::tensor::TensorView::new(safetensors::Dtype::F32, vec![2, 3], &data).unwrap();
        safetensors::serialize([("W0", view)], None).unwrap()
    }

    fn record(step: u64, saved: &SavedCheckpoint) -> Checkpoint {
        Checkpoint { step, epoch: 1.0, path: saved.path.clone(), sha256: saved.sha256.clone() }
    }

    #[test]
    fn a_checkpoint_torn_at_every_byte_gives_way_to_the_one_before() {
        let (_logs, folder) = test_folder();
        let first = record(1, &folder.save_checkpoint("a", &weights(1.0)).unwrap());
        let second = record(2, &folder.save_checkpoint("a", &weights(2.0)).unwrap());
        let known = [first.clone(), second.clone()];
        assert_eq!(folder.load_checkpoint("a", &known).unwrap().record, second);
        let path = folder.checkpoint("a").unwrap();
        let whole = weights(2.0);
        for length in 0..whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let loaded = folder.load_checkpoint("a", &known).unwrap();
            assert_eq!((loaded.record, loaded.bytes), (first.clone(), weights(1.0)), "torn at {length}");
        }
        // Saved again over a torn file, the good one before is still there.
        let third = record(3, &folder.save_checkpoint("a", &weights(3.0)).unwrap());
        fs::write(&path, b"torn").unwrap();
        assert_eq!(folder.load_checkpoint("a", &[first.clone(), second, third]).unwrap().record, first);
    }

    #[test]
    fn a_file_that_the_log_does_not_know_is_not_used() {
        let (_logs, folder) = test_folder();
        assert!(folder.load_checkpoint("a", &[]).unwrap_err().to_string().contains("does not exist"));
        folder.save_checkpoint("a", &weights(1.0)).unwrap();
        let error = folder.load_checkpoint("a", &[]).unwrap_err().to_string();
        assert!(error.contains("is not what the log says"), "{error}");
    }
}
