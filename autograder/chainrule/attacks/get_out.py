"""Get out: sockets, other processes, the kernel's corners, other people's files, and what is left behind."""

from __future__ import annotations

from chainrule.attacks.attack import Attack, Cell, Lasting


def _out(name: str, tries: str, code: str) -> Cell:
    return Cell(name=name, tries=tries, code=code, secret=False)


def _call(name: str, tries: str, *numbers: object) -> Cell:
    """A system call that does something, or fails for its senseless arguments, where it is not refused."""
    arguments = ", ".join(map(str, numbers))
    code = f"number = syscall({arguments})\nif number in (1, 38):\n    raise OSError(number, os.strerror(number))\ngot = 'the call is open'"
    return Cell(name=name, tries=tries, code=code, secret=False, machine="x86_64")


def _signal(name: str, tries: str, *numbers: object) -> Cell:
    """A system call that signals a process outside."""
    code = f"number = syscall({', '.join(map(str, numbers))})\nif number:\n    raise OSError(number, os.strerror(number))\ngot = True"
    return Cell(name=name, tries=tries, code=code, secret=False, machine="x86_64")


def _family(name: str, tries: str, family: str, kind: str = "SOCK_STREAM") -> Cell:
    return _out(name, tries, f"socket.socket(socket.{family}, socket.{kind}).close()\ngot = True")


SOCKETS: tuple[Attack, ...] = (
    _out(
        "connection",
        "A server on this machine is connected to.",
        """\
socket.create_connection(('127.0.0.1', <<port>>), timeout=5).close()
got = True""",
    ),
    _family("ipv4_socket", "A socket of the internet is opened.", "AF_INET"),
    _family("ipv6_socket", "A socket of the internet's sixth version is opened.", "AF_INET6"),
    _family("udp_socket", "A socket for datagrams is opened.", "AF_INET", "SOCK_DGRAM"),
    _family("raw_socket", "A raw socket is opened.", "AF_INET", "SOCK_RAW, 1"),
    _family("packet_socket", "A socket that hears all packets is opened.", "AF_PACKET", "SOCK_RAW"),
    _out(
        "netlink_socket",
        "The machine's network is asked for by netlink.",
        """\
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
got = True""",
    ),
    _family("host_socket", "A socket to the host of a virtual machine is opened.", "AF_VSOCK"),
    _out(
        "listening",
        "A server that others can reach is started.",
        """\
with socket.socket() as one:
    one.bind(('127.0.0.1', 0))
    one.listen()
got = True""",
    ),
    _out(
        "name_server",
        "A name server is asked.",
        """\
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.connect(('127.0.0.1', 53))
one.send(b'\\0' * 12)
got = True""",
    ),
    _out("host_names", "A name is resolved by the C library.", "got = socket.getaddrinfo('localhost', 80)"),
    _out(
        "proxy",
        "A proxy that a variable names is used.",
        """\
import urllib.request
proxy = urllib.request.ProxyHandler({'http': 'http://127.0.0.1:<<port>>'})
try:
    urllib.request.build_opener(proxy).open('http://example.org/', timeout=0.3)
except TimeoutError:
    got = 'the proxy has it'
except urllib.error.URLError as error:
    if 'timed out' not in str(error):
        raise
    got = 'the proxy has it'""",
    ),
    _out(
        "path_socket",
        "A server is connected to by the path of its socket.",
        """\
socket.socket(socket.AF_UNIX).connect('<<socket>>')
got = True""",
    ),
    _out(
        "abstract_socket",
        "A server is connected to by its abstract name.",
        """\
socket.socket(socket.AF_UNIX).connect('\\0<<abstract>>')
got = True""",
    ),
    _out(
        "kernels_socket",
        "The kernel's own sockets are connected to, as the grader does.",
        """\
name = next(iter(every(os.path.abspath, glob.glob('../s/*'))), '<<socket>>')
socket.socket(socket.AF_UNIX).connect(name)
got = True""",
    ),
    _out(
        "datagram_to_a_path",
        "A datagram is sent to the path of a socket.",
        """\
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
got = True""",
    ),
    _out(
        "datagram_kinds",
        "A raw socket, which is one for datagrams, is made for paths.",
        """\
one = socket.socket(socket.AF_UNIX, socket.SOCK_RAW)
got = True""",
    ),
    _out(
        "datagram_flags",
        "A socket for datagrams is hidden among flags.",
        """\
one = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
got = True""",
    ),
    _out(
        "datagram_pair",
        "A pair of datagram sockets is made, each of which can send to any path.",
        """\
one = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
got = True""",
    ),
)

PROCESSES: tuple[Attack, ...] = (
    _out(
        "no_signal",
        "Whether a process is there is learned by a signal that does nothing.",
        """\
os.kill(<<bystander>>, 0)
got = True""",
    ),
    _out(
        "stop_signal",
        "A process outside is stopped.",
        """\
import signal
os.kill(<<bystander>>, signal.SIGSTOP)
os.kill(<<bystander>>, signal.SIGCONT)
got = True""",
    ),
    _out("grader_signal", "A signal reaches the grader.", "os.kill(<<grader>>, 0)\ngot = True"),
    _out("guard_signal", "A signal reaches the guard.", "os.kill(guard, 0)\ngot = True"),
    _out("group_signal", "A signal reaches the guard's group.", "os.kill(-os.getpgid(guard), 0)\ngot = True"),
    _out(
        "signal_to_all",
        "A signal that does nothing reaches everybody else.",
        """\
own = os.getpgid(0)
os.kill(-1, 0)
others = [int(one) for one in os.listdir('/proc') if one.isdigit()]
got = [one for one in others if os.getpgid(one) != own]""",
    ),
    _signal("thread_signal", "A signal reaches a thread outside.", 234, "<<bystander>>", "<<bystander>>", 0),
    _signal("tkill", "A signal reaches a thread outside, in the old way.", 200, "<<bystander>>", 0),
    _signal(
        "queued_signal",
        "A signal with a message reaches a process outside.",
        129,
        "<<bystander>>",
        0,
        "(ctypes.c_int * 32)(0, 0, -1)",
    ),
    _out(
        "pidfd_signal",
        "A signal is sent by a descriptor of a process.",
        """\
import signal
signal.pidfd_send_signal(os.pidfd_open(<<bystander>>), 0)
got = True""",
    ),
    Cell(
        name="owner_signal",
        tries="A signal is sent by making a process outside the owner of a pipe.",
        code="""\
import fcntl
end, other = os.pipe()
fcntl.fcntl(end, 10, 10)
fcntl.fcntl(end, fcntl.F_SETOWN, <<bystander>>)
fcntl.fcntl(end, fcntl.F_SETFL, os.O_ASYNC)
os.write(other, b'.')""",
        secret=False,
        harm="signal 10",
    ),
    Cell(
        name="owner_of_a_socket",
        tries="A signal is sent by making a process outside the owner of a socket.",
        code="""\
import fcntl
one, other = socket.socketpair()
fcntl.ioctl(one.fileno(), 0x8901, struct.pack('i', <<bystander>>))
fcntl.fcntl(one.fileno(), fcntl.F_SETFL, os.O_ASYNC)
other.send(b'.')""",
        secret=False,
        harm="signal 29",
    ),
    _out(
        "limits_of_others",
        "The limits of another process are changed.",
        """\
import resource
resource.prlimit(<<bystander>>, resource.RLIMIT_CPU, (1000, resource.RLIM_INFINITY))
got = True""",
    ),
    _out(
        "priority_of_others",
        "Another process is slowed down.",
        """\
os.setpriority(os.PRIO_PROCESS, <<bystander>>, 5)
got = True""",
    ),
    _out(
        "priority_of_a_group",
        "The guard's group is slowed down.",
        """\
os.setpriority(os.PRIO_PGRP, os.getpgid(guard), os.getpriority(os.PRIO_PROCESS, guard))
got = True""",
    ),
    _out(
        "priority_of_a_user",
        "All processes of a user are slowed down.",
        """\
try:
    os.setpriority(os.PRIO_USER, 987_654_321, 19)
except ProcessLookupError:
    # Nobody's user: of anybody else's all processes would be slower now.
    got = True""",
    ),
    _out(
        "cores_of_others",
        "A core is taken away from another process.",
        """\
os.sched_setaffinity(<<bystander>>, {0})
got = os.sched_getaffinity(<<bystander>>) == {0}""",
    ),
    _out(
        "scheduling_of_others",
        "Another process is scheduled last.",
        """\
os.sched_setscheduler(<<bystander>>, os.SCHED_BATCH, os.sched_param(0))
got = os.sched_getscheduler(<<bystander>>) == os.SCHED_BATCH""",
    ),
    _call("ptrace", "Another process is traced.", 101, 0x4206, "<<bystander>>", 0, 0),
    _call("ptrace_guard", "The guard is traced.", 101, 0x4206, "guard", 0, 0),
    _call("process_vm_readv", "Memory of another process is read.", 310, "<<bystander>>", 0, 0, 0, 0, 0),
    _call("process_vm_writev", "Memory of another process is written.", 311, "<<bystander>>", 0, 0, 0, 0, 0),
    _call("process_madvise", "The kernel is advised on another process's memory.", 440, -1, 0, 0, 0, 0),
    _call("pidfd_getfd", "A descriptor is taken from another process.", 438, -1, 0, 0),
    _call("kcmp", "What two processes share is learned.", 312, "<<grader>>", "<<bystander>>", 0, 0, 0),
)

KERNEL: tuple[Attack, ...] = (
    _call("unshare_user", "A namespace of users is made, with all rights in it.", 272, 0x10000000),
    _call("unshare_network", "A namespace of networks is made.", 272, 0x40000000),
    _call("clone_user", "A process is started in a new namespace.", 56, "0x10000000 | 0x10000", 0, 0, 0, 0),
    _call("clone3", "A process is started by a call that hides its flags.", 435, 0, 0),
    _call("setns", "The namespace of another process is entered.", 308, -1, 0),
    _call("mount", "A file system is mounted.", 165, 0, 0, 0, 0, 0),
    _call("umount", "A file system is unmounted.", 166, "ctypes.create_string_buffer(b'/nonexistent')", 0),
    _call("new_mount", "A file system is mounted in the new way.", 430, 0, 0),
    _call("open_tree", "A part of the tree of files is cut out.", 428, -100, 0, 0),
    _call("pivot_root", "Another root is taken.", 155, 0, 0),
    _call("chroot", "The root is changed.", 161, 0),
    _call("bpf", "A program is loaded into the kernel.", 321, 0, 0, 0),
    _call("perf_event_open", "The processor's counters are read.", 298, 0, 0, -1, -1, 0),
    _call("userfaultfd", "Page faults are handled by oneself.", 323, 0x80000),
    _call("io_uring", "Files are opened behind the filter's back.", 425, 1, 0),
    _call("old_io", "The same by the older calls.", 206, 1, 0),
    _call("keyctl", "The kernel's keys are read.", 250, 0, 0, 0, 0, 0),
    _call("add_key", "A key is kept in the kernel for the next submission.", 248, 0, 0, 0, 0, 0),
    _call("memfd_create", "Memory is held that belongs to no process.", 319, 0, 0),
    _call("memfd_secret", "Memory is held that nobody can see.", 447, 0),
    _call("shmget", "A System V segment is left behind.", 29, 0, 0, 0o1600),
    _call("message_queue", "A message queue is left behind.", 240, 0, 0o100, 0o600, 0),
    _call("system_v_queue", "A System V queue is left behind.", 68, 0x7777, 0),
    _call("system_v_semaphore", "A System V semaphore is left behind.", 64, 0, 0, 0),
    _call("inotify", "The names of files in a folder are heard of.", 253),
    _call("fanotify", "Every file that is opened is heard of.", 300, 0, 0),
    _call("new_session", "A session of one's own is begun, out of reach of the signal that ends all.", 112),
    _call("new_group", "A process group of one's own is begun.", 109, 0, 0),
    _call("personality", "The layout of memory is made foreseeable.", 135, 0xFFFFFFFF),
    _call("open_by_handle", "A file is opened by its number, whatever lies above it.", 304, -1, 0, 0),
    _call("name_to_handle", "The number of a file is learned.", 303, -100, 0, 0, 0, 0),
    _call("hide_from_guard", "What the process has open is hidden from the guard.", 157, 4, 1, 0, 0, 0),
    _call(
        "hide_by_the_upper_half",
        "The same, with bits set that the kernel does not look at.",
        157,
        "4 | 1 << 32",
        1,
        0,
        0,
        0,
    ),
    _out(
        "outlive_the_guard",
        "The signal at the guard's end is called off.",
        """\
libc = ctypes.CDLL(None)
libc.prctl(1, 0, 0, 0, 0)
number = ctypes.c_int(-1)
libc.prctl(2, ctypes.byref(number), 0, 0, 0)
got = number.value == 0""",
    ),
    _call("type_into_a_terminal", "A command is typed into the instructor's terminal.", 16, 0, 0x5412, 0),
    _call("reboot", "The machine is started anew.", 169, 0, 0, 0, 0),
    _call("swap", "Swapping is turned off.", 168, 0),
    _call("accounting", "Accounting is written to a file.", 163, "ctypes.create_string_buffer(b'/nonexistent')"),
    _call("quota", "Quotas are changed.", 179, 0, 0, 0, 0),
    _call("host_name_changed", "The machine's name is changed.", 170, 0, -1),
    _call("descriptor_tables", "The processor's descriptor tables are read.", 154, 0, 0, 0),
    _call("move_pages", "Memory of other processes is moved.", 279, "<<bystander>>", 0, 0, 0, 0, 0),
    _call("io_priority", "The disk is asked for first.", 251, 1, 0, 0),
    _out(
        "setuid_program",
        "A program that belongs to root would get root's rights.",
        "got = ctypes.CDLL(None).prctl(39, 0, 0, 0, 0) == 0",
    ),
    _out(
        "capabilities",
        "Root's powers are still there.",
        """\
data = (ctypes.c_uint32 * 6)()
ctypes.CDLL(None).capget((ctypes.c_uint32 * 2)(0x20080522, 0), data)
got = any(data)""",
    ),
    _out(
        "become_root",
        "Another user is taken on.",
        """\
import subprocess
got = subprocess.run([sys.executable, '-S', '-c', 'import os; os.setgroups([]); os.setresuid(65534, 65534, 65534); print(os.getuid())'], capture_output=True).stdout""",
    ),
    _out(
        "unlimited_files",
        "A limit that was set is raised.",
        """\
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
got = resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY""",
    ),
    _out(
        "unlimited_time",
        "The limit on processor time is raised.",
        """\
import resource
resource.setrlimit(resource.RLIMIT_CPU, (resource.RLIM_INFINITY,) * 2)
got = resource.getrlimit(resource.RLIMIT_CPU)[1] == resource.RLIM_INFINITY""",
    ),
    _call("clock", "The machine's clock is set.", 227, 0, 0),
    _call("adjust_clock", "The machine's clock is made to run wrong.", 305, 0, 0),
    _call("time_zone", "The kernel's time zone is set.", 164, 0, 0),
)

FILES: tuple[Attack, ...] = (
    _out(
        "write_gradebook",
        "The gradebook is written.",
        """\
with open('<<course>>/gradebook.db', 'r+') as file:
    file.write('UPDATE grade')
got = True""",
    ),
    _out(
        "empty_gradebook",
        "The gradebook is emptied by its path.",
        """\
os.truncate('<<course>>/gradebook.db', 0)
got = True""",
    ),
    _out("remove_gradebook", "The gradebook is removed.", "os.remove('<<course>>/gradebook.db')\ngot = True"),
    _out(
        "rename_source",
        "The source notebook is moved.",
        """\
os.rename('<<course>>/source/week1/week1.ipynb', '<<course>>/gone')
got = True""",
    ),
    _out(
        "open_to_others",
        "The gradebook is opened to other users.",
        """\
os.chmod('<<course>>/.chainrule/secret', 0o666)
got = os.stat('<<course>>/.chainrule/secret').st_mode & 0o777 == 0o666""",
    ),
    _out(
        "give_away",
        "The gradebook is given to another user.",
        """\
os.chown('<<course>>/.chainrule/secret', 65534, -1)
got = os.stat('<<course>>/.chainrule/secret').st_uid == 65534""",
    ),
    _out(
        "back_date",
        "The time of a submission is changed.",
        """\
os.utime('<<course>>/submitted/bob/week1/week1.ipynb', (1, 1))
got = os.stat('<<course>>/submitted/bob/week1/week1.ipynb').st_mtime == 1""",
    ),
    _out(
        "attribute",
        "An attribute is attached to a file of the course.",
        """\
os.setxattr('<<course>>/.chainrule/secret', 'user.mine', b'1')
got = True""",
    ),
    _out(
        "remove_others_submission",
        "What another student handed in is removed.",
        """\
import shutil
shutil.rmtree('<<course>>/submitted')
got = True""",
    ),
    _out(
        "plant_hidden_test",
        "A hidden test that always passes is planted.",
        """\
with open('<<course>>/assignments/week1/test_planted.py', 'w') as file:
    file.write('def test(): pass')
got = True""",
    ),
    _out(
        "plant_configuration",
        "The course's configuration is changed.",
        """\
with open('<<course>>/nbgrader_config.py', 'a') as file:
    file.write('import os')
got = True""",
    ),
    _out(
        "plant_start_up",
        "A command is planted that the instructor's shell runs.",
        """\
with open('<<home>>/.bashrc', 'a') as file:
    file.write('true')
got = True""",
    ),
    _out(
        "plant_in_shared_memory",
        "A file is left in shared memory.",
        """\
with open('/dev/shm/chainrule-planted', 'x'):
    os.remove('/dev/shm/chainrule-planted')
got = True""",
    ),
    _out(
        "plant_in_temporary_folder",
        "A file is left in the temporary folder.",
        """\
with open('/tmp/chainrule-planted', 'x'):
    os.remove('/tmp/chainrule-planted')
got = True""",
    ),
    _out(
        "plant_in_old_temporary_folder",
        "A file is left in the temporary folder that outlives a restart.",
        """\
with open('/var/tmp/chainrule-planted', 'x'):
    os.remove('/var/tmp/chainrule-planted')
got = True""",
    ),
    _out(
        "plant_in_root",
        "A file is left in the root.",
        """\
with open('/chainrule-planted', 'x'):
    os.remove('/chainrule-planted')
got = True""",
    ),
    _out(
        "plant_device",
        "A device is made.",
        """\
with open('/dev/chainrule-planted', 'x'):
    os.remove('/dev/chainrule-planted')
got = True""",
    ),
    _out(
        "plant_beside",
        "A file is left beside the scratch folder.",
        """\
with open('../chainrule-planted', 'x'):
    os.remove('../chainrule-planted')
got = True""",
    ),
    _out(
        "plant_above",
        "A file is left among the folders of all submissions.",
        """\
with open('../../chainrule-planted', 'x'):
    os.remove('../../chainrule-planted')
got = True""",
    ),
    _out(
        "device_node",
        "A device file for the disk is made in one's own folder.",
        """\
import stat
os.mknod('disk', stat.S_IFBLK | 0o600, os.makedev(254, 0))
got = True""",
    ),
    _out(
        "link_to_a_module",
        "A module of the fork server is linked into one's own folder.",
        """\
import json
os.link(os.path.realpath(json.__file__), 'hard.py')
os.remove('hard.py')
got = True""",
    ),
    _out(
        "poisoned_module",
        "A module of the standard library is changed.",
        """\
import json
with open(json.__file__, 'a'):
    got = True""",
    ),
    _out(
        "poisoned_bytecode",
        "The bytecode of a module is replaced.",
        """\
import json
with open(json.__cached__, 'r+b'):
    got = True""",
    ),
    _out(
        "poisoned_start",
        "A `sitecustomize` is left that the next Python imports.",
        """\
import numpy
place = os.path.join(os.path.dirname(os.path.dirname(numpy.__file__)), 'chainrule_planted.py')
with open(place, 'x'):
    os.remove(place)
got = True""",
    ),
    _out(
        "poisoned_path_file",
        "A `.pth` file is left that the next Python runs.",
        """\
import sysconfig
place = os.path.join(sysconfig.get_path('purelib'), 'chainrule_planted.pth')
with open(place, 'x'):
    os.remove(place)
got = True""",
    ),
    _out(
        "poisoned_path",
        "A file is left in every folder that Python imports from.",
        """\
got = []
for place in sys.path:
    planted = os.path.join(place or '/', 'chainrule_planted.py')
    try:
        with open(planted, 'x'):
            os.remove(planted)
        got.append(place)
    except OSError:
        pass""",
    ),
)


def _lasting(name: str, tries: str, code: str, look: str) -> Lasting:
    return Lasting(name=name, tries=tries, code=code, look=look)


LEFT_BEHIND: tuple[Attack, ...] = (
    _lasting(
        "daemon",
        "A process waits for the next submission.",
        """\
ready, told = os.pipe()
if os.fork() == 0:
    if os.fork() == 0:
        import time
        ctypes.CDLL(None).prctl(15, b'chainrule-waits', 0, 0, 0)
        os.write(told, b'.')
        for _ in range(1000):
            time.sleep(0.01)
    os._exit(0)
os.wait()
os.read(ready, 1)""",
        "got = [one for one in glob.glob('/proc/[0-9]*/comm') if read(one).strip() == b'chainrule-waits']",
    ),
    _lasting(
        "waiting_socket",
        "A server with an abstract name waits for the next submission.",
        """\
import builtins
builtins.waiting = socket.socket(socket.AF_UNIX)
builtins.waiting.bind('\\0chainrule-waits')
builtins.waiting.listen()""",
        """\
socket.socket(socket.AF_UNIX).connect('\\0chainrule-waits')
got = True""",
    ),
    _lasting(
        "left_file",
        "A file in the scratch folder waits for the next submission.",
        """\
with open('left.txt', 'w') as file:
    file.write('x')""",
        "got = os.path.exists('left.txt')",
    ),
    _lasting(
        "left_temporary_file",
        "A temporary file waits for the next submission.",
        """\
import tempfile
with open(os.path.join(tempfile.gettempdir(), 'chainrule-left'), 'w') as file:
    file.write('x')""",
        """\
import tempfile
place = os.path.join(tempfile.gettempdir(), 'chainrule-left')
got = os.path.exists(place)
if got:
    os.remove(place)""",
    ),
    _lasting(
        "left_cache",
        "A cache of matplotlib's waits for the next submission.",
        """\
import matplotlib
with open(os.path.join(matplotlib.get_cachedir(), 'chainrule-left'), 'w') as file:
    file.write('x')""",
        """\
import matplotlib
place = os.path.join(matplotlib.get_cachedir(), 'chainrule-left')
got = os.path.exists(place)
if got:
    os.remove(place)""",
    ),
    _lasting(
        "changed_module",
        "A module that the fork server holds is changed for all.",
        """\
import json
json.chainrule_changed = True""",
        """\
import json
got = hasattr(json, 'chainrule_changed')""",
    ),
    _lasting(
        "changed_numpy",
        "numpy is changed for all.",
        """\
import numpy
numpy.chainrule_changed = numpy.allclose""",
        """\
import numpy
got = hasattr(numpy, 'chainrule_changed')""",
    ),
    _lasting(
        "changed_builtins",
        "A built-in is changed for all.",
        """\
import builtins
builtins.chainrule_changed = True""",
        """\
import builtins
got = hasattr(builtins, 'chainrule_changed')""",
    ),
    _lasting(
        "changed_environment",
        "A variable is set for all.",
        "os.environ['CHAINRULE_CHANGED'] = '1'",
        "got = 'CHAINRULE_CHANGED' in os.environ",
    ),
    _lasting(
        "changed_path",
        "Modules are imported from the attacker's folder by all.",
        "sys.path.insert(0, os.getcwd() + '/chainrule-changed')",
        "got = [one for one in sys.path if one.endswith('chainrule-changed')]",
    ),
    _lasting(
        "working_folder",
        "The working folder is another for all.",
        """\
os.mkdir('chainrule-elsewhere')
os.chdir('chainrule-elsewhere')""",
        "got = os.getcwd().endswith('chainrule-elsewhere')",
    ),
    _lasting(
        "file_mode",
        "All files that others make are open to everybody.",
        "os.umask(0)",
        """\
before = os.umask(0o077)
os.umask(before)
got = before == 0""",
    ),
    _lasting(
        "recursion_limit",
        "The recursion limit is another for all.",
        "sys.setrecursionlimit(4321)",
        "got = sys.getrecursionlimit() == 4321",
    ),
    _lasting(
        "locale",
        "Numbers are written with commas by all.",
        """\
import locale
locale.localeconv = lambda: {'decimal_point': ','}""",
        """\
import locale
got = locale.localeconv()['decimal_point'] == ','""",
    ),
    _lasting(
        "time_zone_variable",
        "The time zone is another for all.",
        """\
import time
os.environ['TZ'] = 'UTC-13'
time.tzset()""",
        """\
import time
got = time.timezone == -13 * 3600""",
    ),
    _lasting(
        "clock_function",
        "Python's clock is another for all.",
        """\
import time
time.time = lambda: 0.0""",
        """\
import time
got = time.time() == 0.0""",
    ),
    _lasting(
        "warnings_to_errors",
        "Warnings are errors for all.",
        """\
import warnings
warnings.simplefilter('error')""",
        """\
import warnings
got = warnings.filters[0][0] == 'error'""",
    ),
    _lasting(
        "numpy_errors",
        "numpy's error state is another for all.",
        """\
import numpy
numpy.seterr(all='raise')""",
        """\
import numpy
got = numpy.geterr()['over'] == 'raise'""",
    ),
    _lasting(
        "random_state",
        "Random numbers can be foreseen by all.",
        """\
import random
import numpy
random.seed(7)
numpy.random.seed(7)""",
        """\
import random
import numpy
got = random.getstate() == random.Random(7).getstate() or numpy.random.get_state()[1][0] == 7""",
    ),
    _lasting(
        "signal_handler",
        "A signal is ignored by all.",
        """\
import signal
signal.signal(signal.SIGUSR2, signal.SIG_IGN)""",
        """\
import signal
got = signal.getsignal(signal.SIGUSR2) == signal.SIG_IGN""",
    ),
    _lasting(
        "threads",
        "Threads are waiting in all.",
        """\
import threading, time
threading.Thread(target=time.sleep, args=(5,), daemon=True, name='chainrule-left').start()""",
        """\
import threading
got = [one.name for one in threading.enumerate() if one.name == 'chainrule-left']""",
    ),
    _lasting(
        "own_limit",
        "All have one open file fewer.",
        """\
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (123, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))""",
        """\
import resource
got = resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 123""",
    ),
)

ATTACKS = (*SOCKETS, *PROCESSES, *KERNEL, *FILES, *LEFT_BEHIND)
