//! The download against a real HTTP server on loopback that behaves as badly as servers do.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its server should fail")]

use flate2::{Compression, write::GzEncoder};
use perceptop_kernels::dataset::{FetchError, Fetched, Fetcher};
use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// What the client asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Request {
    path: String,
    from: Option<usize>,
}

enum Reply {
    /// All of it, `Range` or not.
    Whole(Vec<u8>),
    /// What was asked for.
    Ranged(Vec<u8>),
    /// Another range than asked for.
    WrongRange(Vec<u8>),
    /// As asked for, but the connection closes after so many bytes.
    Cut(Vec<u8>, usize),
    /// As asked for, but nothing comes after so many bytes.
    Stalled(Vec<u8>, usize),
    Status(u16),
    Redirect(String),
}

/// A server in a thread; each request is answered by a function of the request and its number.
struct Server {
    address: String,
    seen: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn start(behave: impl Fn(&Request, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}/mnist", listener.local_addr().unwrap());
        let (seen, stop) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (seen_there, stop_there) = (Arc::clone(&seen), Arc::clone(&stop));
        let thread = thread::Builder::new()
            .name("http-server".into())
            .spawn(move || {
                for stream in listener.incoming() {
                    if stop_there.load(Ordering::SeqCst) {
                        break;
                    }
                    // A client that gives up is part of the tests.
                    let _ = answer(stream.unwrap(), &behave, &seen_there);
                }
            })
            .unwrap();
        Self { address, seen, stop, thread: Some(thread) }
    }

    fn seen(&self) -> Vec<Request> {
        self.seen.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address.trim_start_matches("http://").trim_end_matches("/mnist"));
        self.thread.take().unwrap().join().unwrap();
    }
}

fn answer(
    mut stream: TcpStream,
    behave: &impl Fn(&Request, usize) -> Reply,
    seen: &Mutex<Vec<Request>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut from = None;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().ok();
        }
    }
    let request = Request { path, from };
    let number = {
        let mut seen = seen.lock().unwrap();
        seen.push(request.clone());
        seen.len() - 1
    };
    let ranged = |bytes: &[u8]| {
        let start = from.unwrap_or(0);
        let head = match from {
            Some(start) if start >= bytes.len() => return (head(416, 0, ""), Vec::new()),
            Some(start) => {
                let range = format!("Content-Range: bytes {start}-{}/{}\r\n", bytes.len() - 1, bytes.len());
                head(206, bytes.len() - start, &range)
            }
            None => head(200, bytes.len(), ""),
        };
        (head, bytes[start..].to_vec())
    };
    let (head, body, stall) = match behave(&request, number) {
        Reply::Whole(bytes) => (head(200, bytes.len(), ""), bytes, false),
        Reply::Ranged(bytes) => {
            let (head, body) = ranged(&bytes);
            (head, body, false)
        }
        Reply::WrongRange(bytes) => {
            let range = format!("Content-Range: bytes 0-{}/{}\r\n", bytes.len() - 1, bytes.len());
            (head(206, bytes.len(), &range), bytes, false)
        }
        Reply::Cut(bytes, most) => {
            let (head, mut body) = ranged(&bytes);
            body.truncate(most);
            (head, body, false)
        }
        Reply::Stalled(bytes, most) => {
            let (head, mut body) = ranged(&bytes);
            body.truncate(most);
            (head, body, true)
        }
        Reply::Status(status) => (head(status, 0, ""), Vec::new(), false),
        Reply::Redirect(to) => (head(302, 0, &format!("Location: {to}\r\n")), Vec::new(), false),
    };
    stream.write_all(head.as_bytes())?;
    stream.write_all(&body)?;
    stream.flush()?;
    if stall {
        // Until the client hangs up.
        let _ = stream.read(&mut [0]);
    }
    Ok(())
}

fn head(status: u16, length: usize, more: &str) -> String {
    format!("HTTP/1.1 {status} As Scripted\r\nContent-Length: {length}\r\n{more}Connection: close\r\n\r\n")
}

/// Content that compresses a little, so that there is something to cut and compressors differ.
fn content() -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 26) as u8
    };
    (0..200_000).map(|_| next()).collect()
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// One small file instead of MNIST's four, and little patience.
fn fetcher(mirrors: &[&Server]) -> Fetcher {
    Fetcher {
        mirrors: mirrors.iter().map(|server| server.address.clone()).collect(),
        wanted: vec![("digits".to_owned(), sum(&content()))],
        connect: Duration::from_secs(5),
        silence: Duration::from_millis(300),
        resumptions: 3,
    }
}

fn run(fetcher: &Fetcher, folder: &Path) -> Result<Vec<Fetched>, FetchError> {
    fetcher.run(folder, &mut |_| ControlFlow::Continue(()))
}

/// The download succeeded, from this mirror, and left nothing else behind.
fn assert_right(outcome: &Result<Vec<Fetched>, FetchError>, folder: &Path, from: &Server) {
    let fetched = outcome.as_ref().unwrap();
    assert_eq!(fetched[0].path, folder.join("digits.gz"));
    assert_eq!(fetched[0].mirror.as_deref(), Some(format!("{}/", from.address).as_str()));
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(&fetched[0].path).unwrap()).read_to_end(&mut unpacked).unwrap();
    assert!(unpacked == content());
    assert_eq!(names(folder), ["digits.gz"]);
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn request(from: Option<usize>) -> Request {
    Request { path: "/mnist/digits.gz".to_owned(), from }
}

#[test]
fn a_whole_file_arrives_with_progress_and_is_not_fetched_again() {
    let packed = gzip(&content(), 6);
    let size = packed.len() as u64;
    let server = Server::start(move |_, _| Reply::Whole(packed.clone()));
    let folder = tempfile::tempdir().unwrap();
    let deep = folder.path().join("data/mnist");
    let mut seen = Vec::new();
    let outcome = fetcher(&[&server]).run(&deep, &mut |progress| {
        assert_eq!((progress.file, progress.index, progress.files), ("digits.gz", 0, 1));
        seen.push((progress.bytes, progress.total));
        ControlFlow::Continue(())
    });
    assert_right(&outcome, &deep, &server);
    assert_eq!(seen.first(), Some(&(0, None)));
    assert_eq!(seen.last(), Some(&(size, Some(size))));
    assert!(seen.windows(2).all(|pair| pair[0].0 <= pair[1].0));
    let again = run(&fetcher(&[&server]), &deep).unwrap();
    assert_eq!(again, [Fetched { path: deep.join("digits.gz"), mirror: None }]);
    assert_eq!(server.seen(), [request(None)]);
}

#[test]
fn a_connection_that_breaks_off_is_resumed_where_it_broke() {
    let packed = gzip(&content(), 6);
    let server = Server::start(move |_, number| match number {
        0 => Reply::Cut(packed.clone(), 70_000),
        1 => Reply::Cut(packed.clone(), 50_000),
        _ => Reply::Ranged(packed.clone()),
    });
    let folder = tempfile::tempdir().unwrap();
    assert_right(&run(&fetcher(&[&server]), folder.path()), folder.path(), &server);
    assert_eq!(server.seen(), [request(None), request(Some(70_000)), request(Some(120_000))]);
}

#[test]
fn a_stalled_server_is_given_up_and_its_bytes_are_kept() {
    let packed = gzip(&content(), 6);
    let for_second = packed.clone();
    let stalls = Server::start(move |_, _| Reply::Stalled(packed.clone(), 30_000));
    let works = Server::start(move |_, _| Reply::Ranged(for_second.clone()));
    let folder = tempfile::tempdir().unwrap();
    let fetcher = Fetcher { resumptions: 1, ..fetcher(&[&stalls, &works]) };
    assert_right(&run(&fetcher, folder.path()), folder.path(), &works);
    assert_eq!(stalls.seen(), [request(None), request(Some(30_000))]);
    assert_eq!(works.seen(), [request(Some(60_000))]);
}

#[test]
fn the_next_run_resumes_what_a_cancelled_one_left() {
    let packed = gzip(&content(), 6);
    let server = Server::start(move |_, _| Reply::Ranged(packed.clone()));
    let folder = tempfile::tempdir().unwrap();
    let cancelled = fetcher(&[&server]).run(folder.path(), &mut |progress| {
        if progress.bytes > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(matches!(cancelled, Err(FetchError::Cancelled)), "{cancelled:?}");
    assert_eq!(names(folder.path()), ["digits.gz.part"]);
    let kept = fs::metadata(folder.path().join("digits.gz.part")).unwrap().len() as usize;
    assert_right(&run(&fetcher(&[&server]), folder.path()), folder.path(), &server);
    assert_eq!(server.seen(), [request(None), request(Some(kept))]);
}

#[test]
fn a_server_without_ranges_sends_all_of_it_again() {
    let packed = gzip(&content(), 6);
    let server = Server::start(move |_, _| Reply::Whole(packed.clone()));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("digits.gz.part"), &gzip(&content(), 6)[..5000]).unwrap();
    assert_right(&run(&fetcher(&[&server]), folder.path()), folder.path(), &server);
    assert_eq!(server.seen(), [request(Some(5000))]);
}

#[test]
fn another_range_than_asked_for_is_never_appended() {
    let packed = gzip(&content(), 6);
    let server = Server::start(move |request, _| match request.from {
        Some(_) => Reply::WrongRange(packed.clone()),
        None => Reply::Whole(packed.clone()),
    });
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("digits.gz.part"), &gzip(&content(), 6)[..5000]).unwrap();
    assert_right(&run(&fetcher(&[&server]), folder.path()), folder.path(), &server);
    assert_eq!(server.seen(), [request(Some(5000)), request(None)]);
}

#[test]
fn a_beginning_from_another_compressor_is_thrown_away() {
    let packed = gzip(&content(), 9);
    let server = Server::start(move |_, _| Reply::Ranged(packed.clone()));
    let folder = tempfile::tempdir().unwrap();
    // Stored, not deflated: the first bytes of another file with the same content.
    fs::write(folder.path().join("digits.gz.part"), &gzip(&content(), 0)[..5001]).unwrap();
    assert_right(&run(&fetcher(&[&server]), folder.path()), folder.path(), &server);
    assert_eq!(server.seen().last(), Some(&request(None)));
}

#[test]
fn a_part_longer_than_the_file_is_thrown_away() {
    let packed = gzip(&content(), 6);
    let server = Server::start(move |_, _| Reply::Ranged(packed.clone()));
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("digits.gz.part"), vec![0; 300_000]).unwrap();
    assert_right(&run(&fetcher(&[&server]), folder.path()), folder.path(), &server);
}

#[test]
fn the_second_mirror_is_used_where_the_first_has_not_the_file() {
    let packed = gzip(&content(), 6);
    let (lacks, works) =
        (Server::start(|_, _| Reply::Status(404)), Server::start(move |_, _| Reply::Whole(packed.clone())));
    let folder = tempfile::tempdir().unwrap();
    assert_right(&run(&fetcher(&[&lacks, &works]), folder.path()), folder.path(), &works);
}

#[test]
fn a_mirror_that_failed_is_asked_last_for_the_next_file() {
    let packed = gzip(&content(), 6);
    let (lacks, works) =
        (Server::start(|_, _| Reply::Status(503)), Server::start(move |_, _| Reply::Whole(packed.clone())));
    let folder = tempfile::tempdir().unwrap();
    let mut two = fetcher(&[&lacks, &works]);
    two.wanted.push(("more-digits".to_owned(), sum(&content())));
    run(&two, folder.path()).unwrap();
    assert_eq!((lacks.seen().len(), works.seen().len()), (1, 2));
}

#[test]
fn a_redirection_is_followed() {
    let packed = gzip(&content(), 6);
    let works = Server::start(move |_, _| Reply::Whole(packed.clone()));
    let elsewhere = works.address.clone();
    let redirects = Server::start(move |_, _| Reply::Redirect(format!("{elsewhere}/digits.gz")));
    let folder = tempfile::tempdir().unwrap();
    assert_right(&run(&fetcher(&[&redirects]), folder.path()), folder.path(), &redirects);
    assert_eq!(works.seen(), [request(None)]);
}

#[test]
fn wrong_bytes_never_get_the_name() {
    let (other, rubbish) = (gzip(b"other digits", 6), b"<html>Sign in to this network</html>".to_vec());
    let portal = Server::start(move |_, _| Reply::Whole(rubbish.clone()));
    let wrong = Server::start(move |_, _| Reply::Whole(other.clone()));
    let folder = tempfile::tempdir().unwrap();
    let said = run(&fetcher(&[&portal, &wrong]), folder.path()).unwrap_err().to_string();
    assert!(said.starts_with("digits.gz could not be downloaded: "), "{said}");
    for (server, found) in [(&portal, sum(b"<html>Sign in to this network</html>")), (&wrong, sum(b"other digits"))] {
        let allowed = sum(&content());
        let part = format!("{}/digits.gz: the content's SHA-256 is {found}, allowed is {allowed}", server.address);
        assert!(said.contains(&part), "{said}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn what_every_mirror_did_is_said() {
    let missing = Server::start(|_, _| Reply::Status(404));
    let packed = gzip(&content(), 6);
    let breaks = Server::start(move |_, _| Reply::Cut(packed.clone(), 100));
    let gone = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let folder = tempfile::tempdir().unwrap();
    let mut three = fetcher(&[&missing, &breaks]);
    three.mirrors.push(gone.clone());
    let said = run(&three, folder.path()).unwrap_err().to_string();
    for part in [
        format!("{}/digits.gz: HTTP status 404, allowed are 200 and 206", missing.address),
        format!("{}/digits.gz: broke off after 400 bytes", breaks.address),
        format!("{gone}/digits.gz: "),
    ] {
        assert!(said.contains(&part), "{part} is not in: {said}");
    }
    // What came is kept for the next try.
    assert_eq!(names(folder.path()), ["digits.gz.part"]);
}

#[test]
fn other_content_under_the_name_is_left_alone() {
    let server = Server::start(|_, _| Reply::Status(404));
    let folder = tempfile::tempdir().unwrap();
    for name in ["digits", "digits.gz"] {
        let path = folder.path().join(name);
        fs::write(&path, "somebody's own digits").unwrap();
        let said = run(&fetcher(&[&server]), folder.path()).unwrap_err().to_string();
        assert!(said.starts_with(&path.display().to_string()) && said.contains("move it away"), "{said}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "somebody's own digits");
        fs::remove_file(path).unwrap();
    }
    assert!(server.seen().is_empty());
}

#[test]
fn two_downloads_of_one_file_do_not_mix() {
    let server = Server::start(|_, _| Reply::Status(404));
    let folder = tempfile::tempdir().unwrap();
    let part = fs::File::create(folder.path().join("digits.gz.part")).unwrap();
    part.lock().unwrap();
    let outcome = run(&fetcher(&[&server]), folder.path());
    assert!(matches!(outcome, Err(FetchError::Busy { .. })), "{outcome:?}");
}

#[test]
fn only_web_addresses_are_mirrors() {
    let folder = tempfile::tempdir().unwrap();
    for mirror in ["", "https://", "ftp://example.org/", "/etc/passwd", "file:///etc"] {
        let outcome = run(&Fetcher::mnist(Some(mirror)), folder.path());
        assert!(matches!(&outcome, Err(FetchError::Mirror { found }) if found == mirror), "{outcome:?}");
    }
    assert!(names(folder.path()).is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not-a-folder");
    fs::write(&file, "").unwrap();
    let said = run(&Fetcher::mnist(None), &file.join("mnist")).unwrap_err().to_string();
    assert!(said.contains("not-a-folder/mnist: cannot be written: "), "{said}");
}
