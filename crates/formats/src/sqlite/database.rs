//! Opens a database of somebody else's without writing anything and without trusting what it says.
//!
//! A database in WAL mode is opened as unchanging (`immutable`) when nothing waits in its log, for SQLite would make
//! files beside it; with a log it is opened with `readonly_shm`. One with a rollback journal is locked for reading as
//! SQLite does. Views and functions of the schema are not trusted, lengths are limited, and a statement that takes too
//! many steps is ended. Must not know tables.

use crate::{Batch, Progress, ReadError, Reader, read_head};
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The first bytes of every database.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// How long a lock of the writer's is waited for; after it, the next read tries again.
const BUSY: Duration = Duration::from_millis(50);

/// Bytes of one value or row.
const MAX_VALUE: i32 = 16 << 20;

/// Instructions of SQLite's machine that one look may take; a row takes some tens.
const MAX_INSTRUCTIONS: i32 = 2_000_000_000;

/// Rows of one batch.
pub(crate) const MAX_ROWS: usize = 50_000;

/// Whether a file is a database with these tables. The file is asked, for the first bytes need not hold the names; only
/// when it cannot be opened now do they decide.
pub(crate) fn has_tables(path: &Path, head: &[u8], tables: &[&str]) -> bool {
    if !head.starts_with(MAGIC) {
        return false;
    }
    let ask = |connection: Connection| -> Result<bool, rusqlite::Error> {
        for table in tables {
            if !connection.table_exists(None, *table)? {
                return Ok(false);
            }
        }
        Ok(true)
    };
    match open(path).map(ask) {
        Ok(Ok(has_all)) => has_all,
        _ => tables.iter().all(|table| memchr::memmem::find(head, table.as_bytes()).is_some()),
    }
}

/// Opens a database for reading.
pub(crate) fn open(path: &Path) -> Result<Connection, ReadError> {
    let head = read_head(path, 100)?;
    if !head.starts_with(MAGIC) {
        return Err(ReadError::content(path, "is no SQLite database: it does not begin with `SQLite format 3`"));
    }
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        std::fs::metadata(name).map(|metadata| metadata.len()).ok()
    };
    let is_wal = head.get(18) == Some(&2);
    let has_log = beside("-wal").is_some_and(|length| length > 0) && beside("-shm").is_some();
    let how = match (is_wal, has_log) {
        (false, _) => "mode=ro",
        (true, true) => "mode=ro&readonly_shm=1",
        (true, false) => "mode=ro&immutable=1",
    };
    let uri = format!("file:{}?{how}", escaped(path));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connect = || -> Result<Connection, rusqlite::Error> {
        let mut connection = Connection::open_with_flags(&uri, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.pragma_update(None, "query_only", true)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE)?;
        connection.progress_handler(MAX_INSTRUCTIONS, Some(|| true))?;
        Ok(connection)
    };
    connect().map_err(|error| failed(path, &error))
}

/// A path within a URI.
fn escaped(path: &Path) -> String {
    use std::fmt::Write as _;
    use std::os::unix::ffi::OsStrExt;
    let mut out = String::new();
    // Two slashes at the beginning would name a host.
    for byte in std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).as_os_str().as_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-_.".contains(byte) {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    format!("///{}", out.trim_start_matches('/'))
}

/// What SQLite said about a database.
pub(crate) fn failed(path: &Path, error: &rusqlite::Error) -> ReadError {
    let message = match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => "is no SQLite database".to_owned(),
        Some(ErrorCode::DatabaseCorrupt) => format!("is damaged or is being replaced: {error}"),
        Some(ErrorCode::OperationInterrupted) => "takes too long to search, and the search was ended".to_owned(),
        _ => format!("cannot be read as a database: {error}"),
    };
    ReadError::content(path, message)
}

/// Whether the next look may find the database readable: its writer is at work.
fn is_passing(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Reads one run of a database, from the row on where it stopped.
pub(crate) trait Query: Send {
    /// Adds what is new to the batch; whether more is there at once.
    fn read(&mut self, connection: &Connection, batch: &mut Batch) -> Result<Progress, rusqlite::Error>;

    /// Forgets what was read: the database is another.
    fn begin_again(&mut self);
}

/// The identity of a database, and what changes when it or its log is written.
type Stamp = [Option<(u64, u64, u64, i64, i64)>; 2];

/// A reader of one run of a database.
pub(crate) struct DatabaseReader<Q> {
    path: PathBuf,
    query: Q,
    seen: Stamp,
    has_more: bool,
    has_begun: bool,
}

impl<Q: Query> DatabaseReader<Q> {
    /// A reader that begins with the first row.
    pub(crate) fn new(path: PathBuf, query: Q) -> Self {
        Self { path, query, seen: [None; 2], has_more: false, has_begun: false }
    }

    fn stamp(&self) -> Stamp {
        let mut log = self.path.as_os_str().to_owned();
        log.push("-wal");
        [self.path.clone(), PathBuf::from(log)].map(|path| {
            let metadata = std::fs::metadata(path).ok()?;
            Some((metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec()))
        })
    }
}

impl<Q: Query> Reader for DatabaseReader<Q> {
    fn read(&mut self, batch: &mut Batch) -> Result<Progress, ReadError> {
        batch.clear();
        let stamp = self.stamp();
        if stamp[0].is_none() || (stamp == self.seen && !self.has_more) {
            return Ok(Progress::UpToDate);
        }
        let identity = |stamp: &Stamp| stamp[0].map(|(device, inode, ..)| (device, inode));
        if self.has_begun && identity(&stamp) != identity(&self.seen) {
            self.query.begin_again();
            batch.is_again = true;
        }
        let connection = open(&self.path)?;
        self.seen = stamp;
        self.has_begun = true;
        self.has_more = false;
        match self.query.read(&connection, batch) {
            Ok(progress) => {
                self.has_more = progress == Progress::More;
                Ok(progress)
            }
            Err(error) => {
                // What was read of it counts for nothing, and is read at the next look.
                let is_again = batch.is_again || !batch.is_empty();
                batch.clear();
                batch.is_again = is_again;
                self.query.begin_again();
                self.has_more = is_passing(&error);
                if self.has_more { Ok(Progress::UpToDate) } else { Err(failed(&self.path, &error)) }
            }
        }
    }
}
