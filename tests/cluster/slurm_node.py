"""A real Slurm of one node with pretend GPUs, run by this process in a folder of its own."""

import os
import re
import secrets
import shutil
import socket
import stat
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue", "scancel", "scontrol", "qsub")
SYSTEM = Path("/etc/slurm")
CONFIGURATION = """
ClusterName=pretend
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
# Memory is measured every second, and a job that takes more than it asked for is killed.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=bf_interval=2,sched_interval=2
# The node may claim more processors and memory than the machine has.
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=60
KillWait=5
# Finished jobs are remembered for the tests to read.
MinJobAge=7200
AccountingStorageType=accounting_storage/none
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cores} RealMemory=32000 State=UNKNOWN Gres=gpu:{gpus}
PartitionName=main Nodes={host} Default=YES DefMemPerCPU=500 MaxTime=INFINITE State=UP
"""


def missing_for_slurm() -> str | None:
    """Return in words what keeps this machine from running a Slurm of its own; None if nothing does."""
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    if absent:
        return f"{', '.join(absent)} missing: apt-get install munge slurmctld slurmd slurm-client slurm-wlm-torque"
    if os.getuid() != 0:
        return "Slurm's daemons run as root"
    found = SYSTEM / "slurm.conf"  # that of a killed test may be left
    if found.exists() and "ClusterName=pretend" not in found.read_text():
        return f"{found} is there: this machine belongs to a cluster"
    return None


class SlurmNode:
    """Controller, node and authentication as child processes; ends with all of its jobs on leaving the context."""

    def __init__(self, folder: Path, cores: int, gpus: int):
        self.folder, self.host = folder, socket.gethostname().partition(".")[0]
        self.environment = os.environ | {"SLURM_CONF": str(folder / "slurm.conf")}
        self._undo = ExitStack()
        for part in ("munge", "state", "spool"):
            (folder / part).mkdir()
        values = {"controller_port": _free_port(), "node_port": _free_port(), "cores": cores, "gpus": gpus}
        (folder / "slurm.conf").write_text(CONFIGURATION.format(folder=folder, host=self.host, **values))
        (folder / "gres.conf").write_text(f"NodeName={self.host} Name=gpu File={folder}/gpu[0-{gpus - 1}]\n")
        (folder / "cgroup.conf").write_text("CgroupAutomount=no\n")
        for number in range(gpus):  # of the kind of /dev/null: Slurm only wants a device file
            os.mknod(folder / f"gpu{number}", stat.S_IFCHR | 0o600, os.makedev(1, 3))

    def __enter__(self) -> "SlurmNode":
        with self._undo:
            self._start()
            self._undo = self._undo.pop_all()
        return self

    def __exit__(self, *_) -> None:
        self._undo.close()

    def _start(self) -> None:
        # Jobs find the configuration here: the plugin takes SLURM_CONF from their environment.
        SYSTEM.mkdir(exist_ok=True)
        for name in ("slurm.conf", "gres.conf", "cgroup.conf"):
            (SYSTEM / name).unlink(missing_ok=True)
            (SYSTEM / name).symlink_to(self.folder / name)
            self._undo.callback((SYSTEM / name).unlink)
        key = self.folder / "munge/key"
        key.write_bytes(secrets.token_bytes(128))
        key.chmod(0o600)
        files = {"key-file": key, "socket": "munge/socket", "pid-file": "munge/pid", "seed-file": "munge/seed"}
        paths = [f"--{option}={self.folder / path}" for option, path in files.items()]
        # --force: the folder of a test may be one that others can write to.
        self._daemon("munged", "--foreground", "--force", *paths, f"--log-file={self.folder}/munged.log")
        self._daemon("slurmctld", "-D", "-c")
        self.node = self._start_node()
        self._undo.callback(self._cancel_all)

    def _start_node(self) -> subprocess.Popen:
        node = self._daemon("slurmd", "-D", "-N", self.host)
        self.wait_until(lambda: self.state() in ("idle", "mix", "alloc"), "the node to answer")
        return node

    def _daemon(self, *command: str) -> subprocess.Popen:
        log = (self.folder / f"{command[0]}.out").open("a")
        process = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
        log.close()
        self._undo.callback(_end, process)
        return process

    def kill_node(self) -> None:
        """Kill the node's daemon as a crash would; its jobs run on."""
        self.node.kill()
        self.node.wait()

    def restart_node(self) -> None:
        """Bring the killed daemon back."""
        self.node = self._start_node()

    def run(self, *command: str, check: bool = True) -> str:
        """Return what a Slurm command prints."""
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def state(self) -> str:
        return self.run("sinfo", "--noheader", "--format=%t", check=False).strip()

    def jobs(self) -> list[dict[str, str]]:
        """Return everything that Slurm knows of every job, finished ones too."""
        lines = self.run("scontrol", "--oneliner", "--detail", "show", "job", check=False).splitlines()
        return [dict(re.findall(r"(\S+?)=(\S*)", line)) for line in lines if line.startswith("JobId=")]

    def wait_until(self, condition, what: str, seconds: float = 300) -> None:
        """Wait until `condition()` is true; fails with the daemons' last words."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                logs = "\n".join(path.read_text()[-2000:] for path in self.folder.glob("*.log"))
                raise AssertionError(f"waited {seconds} s for {what}\n{logs}")
            time.sleep(0.5)

    def _cancel_all(self) -> None:
        self.run("scancel", "--user=root", check=False)
        running = ["squeue", "--noheader", "--format=%i"]
        self.wait_until(lambda: not self.run(*running, check=False).strip(), "the jobs to end", 30)


def _end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
