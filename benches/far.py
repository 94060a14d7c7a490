"""An sshd on the loopback interface for one user and one measurement, and the words that call it."""
import getpass, os, shutil, socket, subprocess, sys, time
from pathlib import Path


def sshd(work):
    """Starts a server whose files are in `work`, which is also where its sessions find sockets and state; gives the
    words that call the client with a terminal, and the server's process."""
    program = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin:/sbin")
    if not program or not shutil.which("ssh"):
        sys.exit("sshd and ssh are needed and not installed; on Debian: apt-get install openssh-server openssh-client")
    Path("/run/sshd").mkdir(exist_ok=True) if os.getuid() == 0 else None
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for key in ("host", "user"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", work / key], check=True)
    (work / "sshd_config").write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {work}/host\nAuthorizedKeysFile {work}/user.pub\nPidFile none\n"
        f"StrictModes no\nUsePAM no\nPermitRootLogin yes\nPrintMotd no\nPrintLastLog no\nMaxStartups 100\n"
        f"SetEnv XDG_RUNTIME_DIR={work} XDG_STATE_HOME={work} LANG=C.UTF-8\n")
    (work / "ssh_config").write_text(
        f"Host far\nHostName 127.0.0.1\nPort {port}\nUser {getpass.getuser()}\nIdentityFile {work}/user\n"
        f"UserKnownHostsFile /dev/null\nStrictHostKeyChecking no\nLogLevel ERROR\n")
    server = subprocess.Popen([program, "-D", "-f", work / "sshd_config"], stderr=subprocess.DEVNULL)
    while socket.socket().connect_ex(("127.0.0.1", port)):
        time.sleep(0.05)
    return [shutil.which("ssh"), "-F", str(work / "ssh_config"), "-tt", "far"], server
