//! Sessions of other processes: commands over the control socket, faults, several viewers, streams and dropped links.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use crossbeam_channel::Sender;
use perceptop::dataset::{Dataset, Split};
use perceptop::experiment::{Engine, EngineConfig, Session, StepHook};
use perceptop::protocol::{Command, Event, Reply, RunPlan, Setting, Spec, Target, Update};
use perceptop::record::RecorderSettings;
use perceptop::source::sessions;
use perceptop::source::{
    Control, ControlServer, FileSource, FileSourceSettings, Flow, SessionSource, SocketDir, Source, SshPlace,
    SshSource, stream,
};
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

fn split(count: usize) -> Split {
    let labels: Vec<u8> = (0..count).map(|index| (index % 10) as u8).collect();
    let images: Vec<u8> = labels.iter().flat_map(|label| (0..16_u8).map(move |pixel| label * 20 + pixel)).collect();
    Split { images: images.into(), labels: labels.into(), height: 4, width: 4 }
}

fn data() -> Dataset {
    Dataset { name: "steps".into(), folder: None, train: split(100), test: split(20), digests: Vec::new() }
}

fn plan(run: &str, epochs: usize) -> RunPlan {
    let spec = Spec { hidden: vec![6], epochs, batch_size: 10, checkpoint_every: 0, ..Spec::default() };
    RunPlan { run: run.into(), name: run.into(), order: 0, seed: 0, spec: Arc::new(spec), fork_of: None }
}

/// A session that is paused, the door to it, and a gate before step 20 of its run `a`: the run waits there until the
/// gate is opened, so that it is live for as long as a test needs, however slow the machine.
struct Stage {
    base: TempDir,
    socket_dir: SocketDir,
    engine: Engine,
    server: ControlServer,
    gate: Sender<()>,
}

fn stage() -> Stage {
    let base = tempfile::tempdir().unwrap();
    let socket_dir = SocketDir::at(base.path().join("sockets")).unwrap();
    let (gate, opened) = crossbeam_channel::bounded::<()>(0);
    let config = EngineConfig {
        session: Session::New {
            logs: base.path().join("logs"),
            suite: "t".into(),
            plans: vec![plan("a", 4), plan("b", 1)],
        },
        jobs: 1,
        load: Box::new(|| Ok(data())),
        memory: None,
        recorder: RecorderSettings::default(),
        step_hook: Some(StepHook::new(move |run, step| {
            if run == "a" && step == 20 {
                // The gate opens by being dropped.
                opened.recv().ok();
            }
        })),
    };
    let engine = Engine::start(config).unwrap();
    assert_eq!(engine.command(Command::Pause { target: Target::All }), Reply::Accepted);
    let server =
        ControlServer::start(&socket_dir, engine.folder().root(), engine.commander().updates(), engine.commander())
            .unwrap();
    Stage { base, socket_dir, engine, server, gate }
}

impl Stage {
    fn root(&self) -> PathBuf {
        self.engine.folder().root().to_owned()
    }

    /// Ends the session and closes its door.
    fn end(self) {
        drop(self.gate);
        self.engine.shutdown();
        self.engine.join().unwrap();
        drop(self.server);
    }

    fn attach(&self, read_only: bool) -> SessionSource {
        SessionSource::at(self.socket_dir.clone(), &self.root(), FileSourceSettings::default(), read_only).unwrap()
    }
}

/// Polls until `wanted` comes; everything that came.
fn until(source: &mut dyn Source, wanted: impl Fn(&Update) -> bool) -> Vec<Update> {
    let mut heard = Vec::new();
    loop {
        let from = heard.len();
        let flow = source.poll(&mut heard, 100);
        if heard[from..].iter().any(&wanted) {
            return heard;
        }
        assert!(flow != Flow::Ended, "ended without it: {heard:?}");
        if flow == Flow::Idle {
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

fn has(run: &'static str, wanted: impl Fn(&Event) -> bool) -> impl Fn(&Update) -> bool {
    move |update| matches!(update, Update::Record { run: of, record } if **of == *run && wanted(&record.event))
}

#[test]
fn several_viewers_see_and_command_a_session_of_another_process() {
    let stage = stage();
    let (mut first, mut second, mut looker) = (stage.attach(false), stage.attach(false), stage.attach(true));
    assert!(first.describe().takes_commands && !looker.describe().takes_commands);
    until(&mut first, |update| matches!(update, Update::CaughtUp));
    until(&mut second, |update| matches!(update, Update::CaughtUp));

    assert!(matches!(looker.send(Command::Shutdown), Reply::Refused { reason } if reason == "this view is read-only"));
    assert_eq!(first.send(Command::Resume { target: Target::Run("a".into()) }), Reply::Accepted);
    until(&mut second, has("a", |event| matches!(event, Event::Step(_))));
    let rate = Command::Switch { run: "a".into(), setting: Setting::LearningRate(0.5) };
    assert_eq!(second.send(rate), Reply::Accepted);
    drop(stage.gate);
    until(&mut first, has("a", |event| matches!(event, Event::Change(change) if change.field == "learning_rate")));
    let refused = second.send(Command::Stop { target: Target::Run("nobody".into()) });
    assert_eq!(refused, Reply::Refused { reason: "no run nobody in this session".into() });
    assert_eq!(second.send(Command::Enqueue { plans: vec![plan("c", 1)] }), Reply::Accepted);
    assert_eq!(first.send(Command::Resume { target: Target::All }), Reply::Accepted);
    until(&mut looker, has("c", |event| matches!(event, Event::RunFinished(_))));

    assert_eq!(first.send(Command::Shutdown), Reply::Accepted);
    let root = stage.engine.folder().root().to_owned();
    stage.engine.join().unwrap();
    drop(stage.server);
    let reply = Control::new(stage.socket_dir.clone(), &root).send(&Command::Shutdown);
    assert!(matches!(&reply, Reply::Refused { reason } if reason.contains("no process trains this session")));
    assert!(!first.describe().takes_commands);
}

#[test]
fn a_viewer_hears_of_faults_that_stand_in_no_log() {
    let base = tempfile::tempdir().unwrap();
    let socket_dir = SocketDir::at(base.path().join("sockets")).unwrap();
    let (go, wait) = crossbeam_channel::bounded::<()>(0);
    let config = EngineConfig {
        session: Session::New { logs: base.path().join("logs"), suite: "t".into(), plans: vec![plan("a", 1)] },
        jobs: 1,
        load: Box::new(move || {
            wait.recv().ok();
            Err("labels.gz: unexpected end of file".into())
        }),
        memory: None,
        recorder: RecorderSettings::default(),
        step_hook: None,
    };
    let engine = Engine::start(config).unwrap();
    let root = engine.folder().root().to_owned();
    let server = ControlServer::start(&socket_dir, &root, engine.commander().updates(), engine.commander()).unwrap();
    go.send(()).unwrap();
    let is_fault =
        |update: &Update| matches!(update, Update::Fault { message, .. } if message.contains("unexpected end"));
    let mut attached = SessionSource::at(socket_dir.clone(), &root, FileSourceSettings::default(), false).unwrap();
    until(&mut attached, is_fault);
    assert!(engine.join().is_err());
    // Who comes later hears it too.
    let mut late = SessionSource::at(socket_dir, &root, FileSourceSettings::default(), false).unwrap();
    until(&mut late, is_fault);
    drop(server);
}

#[test]
fn sessions_are_found_while_they_live() {
    let stage = stage();
    let root = fs::canonicalize(stage.root()).unwrap();
    assert_eq!(sessions::newest_live(&stage.socket_dir).unwrap(), root);
    assert!(sessions::is_live(&stage.socket_dir, &root));
    let logs = stage.base.path().join("logs");
    let name = root.file_name().unwrap();
    assert_eq!(sessions::find(Path::new(name), &logs).unwrap(), logs.join(name));
    assert_eq!(sessions::find(&root, &logs).unwrap(), root);
    let unknown = sessions::find(Path::new("x"), Path::new("logs")).unwrap_err().to_string();
    assert_eq!(unknown, "no session x: neither a folder of that name nor one in logs");
    let socket_dir = stage.socket_dir.clone();
    stage.end();
    assert!(!sessions::is_live(&socket_dir, &root));
    assert!(sessions::newest_live(&socket_dir).unwrap_err().to_string().starts_with("no session is live"));
}

#[test]
fn a_stale_socket_is_noticed_and_removed() {
    let base = tempfile::tempdir().unwrap();
    let sockets = base.path().join("sockets");
    let socket_dir = SocketDir::at(sockets.clone()).unwrap();
    let root = base.path().join("session");
    fs::create_dir_all(root.join("runs")).unwrap();
    // A listener that is gone leaves its socket's name behind, as a killed process does.
    let stage = {
        let whole = fs::canonicalize(&root).unwrap();
        let hash = perceptop::record::sha256(whole.as_os_str().as_encoded_bytes());
        let name = sockets.join(format!("{}-1.sock", &hash[..16]));
        drop(std::os::unix::net::UnixListener::bind(&name).unwrap());
        name
    };
    assert!(stage.exists());
    let control = Control::new(socket_dir, &root);
    assert!(!control.is_live());
    assert!(matches!(control.send(&Command::Shutdown), Reply::Refused { .. }));
    assert!(!stage.exists());
}

/// The one socket of a stage.
fn socket(stage: &Stage) -> PathBuf {
    let sockets = fs::read_dir(stage.base.path().join("sockets")).unwrap();
    sockets.map(|entry| entry.unwrap().path()).find(|path| path.extension().is_some_and(|end| end == "sock")).unwrap()
}

#[test]
fn nonsense_is_refused_line_by_line_and_endless_lines_end_the_connection() {
    let stage = stage();
    let path = socket(&stage);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"{}\nnull\n\xff\xfe\n{\"command\":\"note\",\"run\":\"a\",\"text\":\"").unwrap();
    stream.write_all(b"fine\"}\n").unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut told = String::new();
    stream.read_to_string(&mut told).unwrap();
    let replies: Vec<Reply> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(replies.len(), 4, "{told}");
    assert!(
        replies[..3]
            .iter()
            .all(|reply| matches!(reply, Reply::Refused { reason } if reason.starts_with("not a command")))
    );

    let mut endless = UnixStream::connect(&path).unwrap();
    let block = vec![b'x'; 1 << 20];
    let sent = (0..64).take_while(|_| endless.write_all(&block).is_ok()).count();
    assert!(sent < 64, "it took {sent} MB of one line");
    // Others are served all the same.
    let reply = Control::new(stage.socket_dir.clone(), &stage.root()).send(&Command::Pause { target: Target::All });
    assert_eq!(reply, Reply::Accepted);
    stage.end();
}

/// Sends a command as another user, from a thread that has become one: everything that it heard, or why it heard nothing.
fn as_another_user(socket: PathBuf) -> std::io::Result<String> {
    let speak = move || {
        rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65_534))?;
        let mut stream = UnixStream::connect(socket)?;
        // The other side may have hung up before the command is written.
        let _ = stream.write_all(b"{\"command\":\"shutdown\"}\n");
        let mut told = String::new();
        let _ = stream.read_to_string(&mut told);
        Ok(told)
    };
    std::thread::spawn(speak).join().unwrap()
}

#[test]
fn another_user_is_not_heard() {
    if !rustix::process::getuid().is_root() {
        println!("skipped: only root can become another user");
        return;
    }
    let stage = stage();
    let path = socket(&stage);
    let refused = as_another_user(path.clone()).unwrap_err();
    assert_eq!(refused.kind(), std::io::ErrorKind::PermissionDenied);
    // Even where somebody opened every door, the other end must be the session's own user.
    for (place, mode) in [(stage.base.path(), 0o755), (path.parent().unwrap(), 0o777), (&path, 0o777)] {
        fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
    }
    assert_eq!(as_another_user(path).unwrap(), "");
    let reply = Control::new(stage.socket_dir.clone(), &stage.root()).send(&Command::Pause { target: Target::All });
    assert_eq!(reply, Reply::Accepted);
    stage.end();
}

/// A finished session, and what a source says of it.
fn finished() -> (TempDir, PathBuf, Vec<Update>) {
    let Stage { base, engine, server, gate, .. } = stage();
    drop((server, gate));
    assert_eq!(engine.command(Command::Resume { target: Target::All }), Reply::Accepted);
    engine.drain();
    let root = engine.folder().root().to_owned();
    engine.join().unwrap();
    let mut folder = FileSource::open(&root, FileSourceSettings::default()).unwrap();
    let heard = until(&mut folder, |update| matches!(update, Update::CaughtUp));
    (base, root, heard)
}

fn records(updates: &[Update]) -> HashMap<String, Vec<u64>> {
    let mut found: HashMap<String, Vec<u64>> = HashMap::new();
    for update in updates {
        if let Update::Record { run, record } = update {
            found.entry(run.to_string()).or_default().push(record.seq);
        }
    }
    found
}

/// A source that ends where the other would wait.
struct Finite(FileSource);

impl Source for Finite {
    fn poll(&mut self, out: &mut Vec<Update>, most: usize) -> Flow {
        match self.0.poll(out, most) {
            Flow::Idle => Flow::Ended,
            flow => flow,
        }
    }

    fn send(&mut self, command: Command) -> Reply {
        self.0.send(command)
    }

    fn describe(&self) -> perceptop::source::Description {
        self.0.describe()
    }
}

#[test]
fn a_stream_says_what_a_folder_says_less_what_was_heard() {
    let (_base, root, heard) = finished();
    let streamed = |since: &[(&str, u64)]| {
        let mut source = Finite(FileSource::open(&root, FileSourceSettings::default()).unwrap());
        let since = since.iter().map(|(run, seq)| ((*run).to_owned(), *seq)).collect();
        let mut out = Vec::new();
        stream(&mut source, since, &mut out).unwrap();
        let lines = String::from_utf8(out).unwrap();
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Update>>()
    };
    assert_eq!(streamed(&[]), heard);
    let rest = records(&streamed(&[("a", 5)]));
    assert_eq!(rest["a"][0], 5);
    assert_eq!(rest["b"], records(&heard)["b"]);
}

#[test]
fn a_dropped_link_is_made_again_and_no_record_is_missed_or_said_twice() {
    let (base, root, heard) = finished();
    // What the far side says, and a program that is called as ssh is: it says a bit more each time, and cuts off.
    let mut far = Vec::new();
    stream(&mut Finite(FileSource::open(&root, FileSourceSettings::default()).unwrap()), BTreeMap::new(), &mut far)
        .unwrap();
    let said = base.path().join("said");
    fs::write(&said, &far).unwrap();
    let ssh = base.path().join("ssh");
    let (count, calls) = (base.path().join("count"), base.path().join("calls"));
    let script = format!(
        "#!/bin/sh\necho \"$@\" >> {calls}\necho x >> {count}\nn=$(wc -l < {count})\nhead -c $((n * {part})) {said}\n[ $n -ge 4 ] && exec sleep 100\necho 'the line broke' >&2\nexit 255\n",
        calls = calls.display(),
        count = count.display(),
        said = said.display(),
        part = far.len() / 3,
    );
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o700)).unwrap();
    let place = SshPlace::parse("ssh://me@far:2222/it's here").unwrap();
    let mut source = SshSource::through(ssh, place, Duration::from_millis(1)).unwrap();
    let wanted = records(&heard);
    let mut got = Vec::new();
    while records(&got) != wanted {
        source.poll(&mut got, 100);
        std::thread::sleep(Duration::from_millis(1));
    }
    let fault = got.iter().find_map(|update| match update {
        Update::Fault { message, .. } => Some(message.clone()),
        _ => None,
    });
    assert!(fault.unwrap().starts_with("the connection to me@far is down (the line broke)"));
    drop(source);
    let calls = fs::read_to_string(&calls).unwrap();
    let first = calls.lines().next().unwrap();
    assert!(first.contains("-o BatchMode=yes") && first.contains("-p 2222 -- me@far"), "{first}");
    assert!(first.ends_with(r"perceptop stream '/it'\''s here'"), "{first}");
    assert!(calls.lines().nth(1).unwrap().contains("--since 'a="), "{calls}");
}

#[test]
fn addresses_are_read_and_dangerous_ones_refused() {
    let place = SshPlace::parse("ssh://host/~/logs/x").unwrap();
    assert_eq!((place.host.as_str(), place.port, place.path.as_str()), ("host", None, "logs/x"));
    for bad in [
        "ssh://",
        "ssh://host",
        "ssh://-oProxyCommand=x/p",
        "ssh://a b/p",
        "ssh://host:x/p",
        "ssh://host/",
        "http://host/p",
    ] {
        let told = SshPlace::parse(bad).unwrap_err().to_string();
        assert!(told.starts_with(bad) && told.contains("allowed: ssh://HOST/PATH"), "{told}");
    }
}
