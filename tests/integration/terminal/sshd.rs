//! A real sshd on the loopback interface, for one test alone: its own port, keys and configuration in a folder that goes
//! with it.
//!
//! Where sshd is not installed the tests say so and check nothing.

#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use super::pty::Session;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server, and a program that is called as `ssh` is and knows it as the host `far`.
pub(crate) struct Sshd {
    server: Child,
    folder: tempfile::TempDir,
}

impl Sshd {
    /// A server whose sessions find the program under test and the sockets of `session`; `None` where there is no sshd.
    pub(crate) fn start(session: &Session) -> Option<Self> {
        let program =
            ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"].into_iter().find(|it| Path::new(it).exists());
        let (Some(program), Ok(_)) = (program, Command::new("ssh").arg("-V").output()) else {
            println!("skipped: sshd is not installed");
            return None;
        };
        if rustix::process::getuid().is_root() {
            // Where sshd run by root leaves its privileges; its package makes the folder when the service starts.
            fs::create_dir_all("/run/sshd").unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        for key in ["host", "user"] {
            let path = folder.path().join(key);
            let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(path).status();
            assert!(made.unwrap().success());
        }
        fs::copy(folder.path().join("user.pub"), folder.path().join("authorized")).unwrap();
        let here = folder.path().display();
        let bin = Path::new(env!("CARGO_BIN_EXE_perceptop")).parent().unwrap().display();
        let run = session.folder().join("run");
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {here}/host\nAuthorizedKeysFile {here}/authorized\n\
             PidFile none\nStrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n\
             PrintMotd no\nPrintLastLog no\n\
             SetEnv PATH={bin}:/usr/local/bin:/usr/bin:/bin XDG_RUNTIME_DIR={run} XDG_STATE_HOME={run} \
             XDG_CACHE_HOME={run} LANG=C.UTF-8\n",
            run = run.display()
        );
        fs::write(folder.path().join("sshd_config"), config).unwrap();
        let user = String::from_utf8(Command::new("id").arg("-un").output().unwrap().stdout).unwrap();
        let config = format!(
            "Host far\nHostName 127.0.0.1\nPort {port}\nUser {user}IdentityFile {here}/user\nIdentitiesOnly yes\n\
             UserKnownHostsFile /dev/null\nGlobalKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\n"
        );
        fs::write(folder.path().join("ssh_config"), config).unwrap();
        let script = format!("#!/bin/sh\necho $$ > {here}/pid\nexec ssh -F {here}/ssh_config \"$@\"\n");
        fs::write(folder.path().join("ssh"), script).unwrap();
        fs::set_permissions(folder.path().join("ssh"), fs::Permissions::from_mode(0o700)).unwrap();
        let server = Command::new(program)
            .args(["-D", "-e", "-f"])
            .arg(folder.path().join("sshd_config"))
            .stderr(Stdio::from(fs::File::create(folder.path().join("log")).unwrap()))
            .spawn()
            .unwrap();
        let sshd = Self { server, folder };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(began.elapsed() < PATIENCE, "sshd does not answer: {}", sshd.log());
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(sshd)
    }

    /// The client: `ssh` with a configuration of its own.
    pub(crate) fn client(&self) -> PathBuf {
        self.folder.path().join("ssh")
    }

    /// Ends the newest client as a lost link would: without a word. False where none had begun since the last time.
    pub(crate) fn cut(&self) -> bool {
        let path = self.folder.path().join("pid");
        let Ok(pid) = fs::read_to_string(&path) else { return false };
        let Some(pid) = pid.trim().parse().ok().and_then(rustix::process::Pid::from_raw) else { return false };
        let _ = fs::remove_file(path);
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).is_ok()
    }

    /// What the server says.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}
