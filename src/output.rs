//! Output files: a regular file is written beside its place and renamed, so that nobody reads half of one; a device, a
//! named pipe and the standard output are written to; a symbolic link is followed.
//!
//! Depends on no other module. After the usual pattern of rename(2), which replaces a name in one step.

use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, BufWriter, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

/// The mode of a file that only its owner reads.
pub const PRIVATE: u32 = 0o600;

/// The mode of a file for everybody, before the process's umask.
pub const SHARED: u32 = 0o666;

/// The path that stands for the standard output.
const STANDARD_OUTPUT: &str = "-";

/// Links that are followed until a chain of them counts as a loop, as on Linux.
const MAX_LINKS: usize = 40;

/// What the content is written through.
pub type Buffered<'a> = BufWriter<&'a mut dyn Write>;

/// What a path leads to.
enum Target {
    StandardOutput,
    StandardError,
    /// A device, a named pipe, or a descriptor under /dev/fd: written to as it is.
    Stream,
    /// A regular file that exists, links resolved.
    Existing(PathBuf, Metadata),
    /// Nothing yet, links resolved.
    New(PathBuf),
}

/// Writes what `fill` gives to the place that a user named: `-` is the standard output, devices and named pipes are
/// written to, links are followed. A regular file is replaced whole, or not at all, and keeps its owner and mode; the
/// folders above a new one are made.
///
/// # Errors
/// Those of `fill`, and when the system refuses.
pub fn write(path: &Path, fill: impl FnOnce(&mut Buffered<'_>) -> io::Result<()>) -> io::Result<()> {
    match target(path)? {
        Target::StandardOutput => buffered(&mut io::stdout().lock(), fill),
        Target::StandardError => buffered(&mut io::stderr().lock(), fill),
        // Appending: what a shell redirected with `3>>file` keeps what it holds.
        Target::Stream => buffered(&mut File::options().append(true).open(path)?, fill),
        Target::New(path) => {
            fs::create_dir_all(folder_of(&path))?;
            replace(&path, SHARED, fill)
        }
        Target::Existing(path, before) => {
            // Renaming needs no right to the file itself: a file that may not be written is not replaced either.
            drop(File::options().write(true).open(&path)?);
            renamed(&path, PRIVATE, fill, |file| {
                file.set_permissions(Permissions::from_mode(before.mode() & 0o7777))?;
                // Only root may give a file away; for others the new one is their own.
                let _ = fchown(file, Some(before.uid()), Some(before.gid()));
                Ok(())
            })
        }
    }
}

/// Whether [`write()`] would write to something that is no regular file, such as a pipe.
#[must_use]
pub fn is_stream(path: &Path) -> bool {
    matches!(target(path), Ok(Target::StandardOutput | Target::StandardError | Target::Stream))
}

/// Replaces the file of that very name, which this program owns, by what `fill` gives: whole, or not at all. The folder
/// must exist; `mode` is that of the new file before the umask.
///
/// # Errors
/// Those of `fill`, and when the system refuses.
pub fn replace(path: &Path, mode: u32, fill: impl FnOnce(&mut Buffered<'_>) -> io::Result<()>) -> io::Result<()> {
    renamed(path, mode, fill, |_| Ok(()))
}

fn renamed(
    path: &Path,
    mode: u32,
    fill: impl FnOnce(&mut Buffered<'_>) -> io::Result<()>,
    finish: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    // Hidden, so that no list of a folder takes it for a result.
    let mut beside = tempfile::Builder::new()
        .prefix(".perceptop-")
        .permissions(Permissions::from_mode(mode))
        .tempfile_in(folder_of(path))?;
    buffered(beside.as_file_mut(), fill)?;
    finish(beside.as_file())?;
    // Without it a crash of the machine could leave the new name with an empty file.
    beside.as_file().sync_all()?;
    beside.persist(path).map_err(|error| error.error)?;
    Ok(())
}

fn buffered(out: &mut dyn Write, fill: impl FnOnce(&mut Buffered<'_>) -> io::Result<()>) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 16, out);
    fill(&mut out)?;
    out.flush()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn target(path: &Path) -> io::Result<Target> {
    if path == Path::new(STANDARD_OUTPUT) {
        return Ok(Target::StandardOutput);
    }
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Target::New(followed(path)?)),
        metadata => metadata?,
    };
    if metadata.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    // `/dev/stdout`, or the very file that the shell redirected the output to.
    if is_same(&metadata, io::stdout().as_fd()) && !is_device(&metadata) {
        return Ok(Target::StandardOutput);
    }
    if is_same(&metadata, io::stderr().as_fd()) && !is_device(&metadata) {
        return Ok(Target::StandardError);
    }
    if !metadata.is_file() || path.starts_with("/dev/fd") || path.starts_with("/proc") {
        return Ok(Target::Stream);
    }
    Ok(Target::Existing(fs::canonicalize(path)?, metadata))
}

fn is_same(metadata: &Metadata, open: impl AsFd) -> bool {
    rustix::fs::fstat(open).is_ok_and(|it| (it.st_dev, it.st_ino) == (metadata.dev(), metadata.ino()))
}

/// Whether it is a device, which any number of descriptors may lead to.
fn is_device(metadata: &Metadata) -> bool {
    metadata.rdev() != 0 && !metadata.is_file()
}

/// Where a path leads that leads nowhere yet: the last link's target.
fn followed(path: &Path) -> io::Result<PathBuf> {
    let mut path = path.to_owned();
    for _ in 0..MAX_LINKS {
        match fs::read_link(&path) {
            Ok(link) => path = folder_of(&path).join(link),
            Err(_) => return Ok(path),
        }
    }
    Err(rustix::io::Errno::LOOP.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    fn text(path: &Path, text: &str) -> io::Result<()> {
        write(path, |out| out.write_all(text.as_bytes()))
    }

    #[test]
    fn links_are_followed_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        let [file, link, far, new] = ["file", "link", "far", "sub/new"].map(|name| folder.path().join(name));
        fs::write(&file, "old").unwrap();
        symlink("file", &link).unwrap();
        text(&link, "through a link").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "through a link");
        symlink(&new, &far).unwrap();
        text(&far, "through a link to nothing").unwrap();
        assert_eq!(fs::read_to_string(&new).unwrap(), "through a link to nothing");
        for link in [&link, &far] {
            assert!(fs::symlink_metadata(link).unwrap().is_symlink());
        }
        let [one, other] = ["one", "other"].map(|name| folder.path().join(name));
        symlink(&other, &one).unwrap();
        symlink(&one, &other).unwrap();
        assert!(text(&one, "nowhere").is_err());
        assert!(text(folder.path(), "a folder").is_err());
    }

    #[test]
    fn a_file_that_cannot_be_filled_is_left_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let fail = |path: &Path| {
            write(path, |out| {
                out.write_all(b"half")?;
                out.flush()?;
                Err(io::Error::other("no more"))
            })
        };
        fail(&path).unwrap_err();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "old").unwrap();
        fail(&path).unwrap_err();
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_replaced_file_keeps_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        text(&path, "new").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o640);
        let fresh = folder.path().join("fresh");
        text(&fresh, "new").unwrap();
        assert_eq!(fs::metadata(&fresh).unwrap().mode() & 0o600, 0o600, "more, as the umask allows");
    }
}
