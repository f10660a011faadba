"""Read a secret: files of the course and of others, other processes, memory, and what Python itself remembers."""

from __future__ import annotations

from chainrule.attacks.attack import Answer, Attack, Cell


def _read(name: str, tries: str, code: str) -> Cell:
    return Cell(name=name, tries=tries, code=code)


def _seen(name: str, tries: str, code: str) -> Cell:
    """What it takes holds no secret: that there is anything to take is enough."""
    return Cell(name=name, tries=tries, code=code, secret=False)


FILES: tuple[Attack, ...] = (
    _read("gradebook", "The gradebook is read by its path.", "got = read('<<course>>/gradebook.db')"),
    _read(
        "gradebook_by_dots",
        "The gradebook is read by `../../../`.",
        "got = read('../' * 12 + '<<course>>/gradebook.db')",
    ),
    _read(
        "course_secret", "The secret that inputs are drawn from is read.", "got = read('<<course>>/.chainrule/secret')"
    ),
    _read(
        "source_notebook",
        "The source notebook with its solutions is read.",
        "got = read('<<course>>/source/week1/week1.ipynb')",
    ),
    _read(
        "course_reference",
        "A course's own reference solution is read.",
        "got = read('<<course>>/assignments/week1/reference.py')",
    ),
    _read(
        "course_hidden_test",
        "A course's own hidden test is read.",
        "got = read('<<course>>/assignments/week1/test_softmax.py')",
    ),
    _read(
        "old_graders_folder",
        "The folder `autograder/graders` is read.",
        "got = read('<<course>>/autograder/graders/test_softmax.py')",
    ),
    _read(
        "others_submission",
        "What another student handed in is read.",
        "got = read('<<course>>/submitted/bob/week1/week1.ipynb')",
    ),
    _read(
        "others_results",
        "The results of another student are read.",
        "got = read('<<course>>/autograded/bob/week1/results.json')",
    ),
    _read(
        "others_scratch", "The folder of a submission that runs at the same time is read.", "got = read('<<other>>')"
    ),
    _read(
        "neighbours_by_dots",
        "Folders beside one's own are searched for those of other submissions.",
        "got = every(read, glob.glob('../../*/scratch/*'))",
    ),
    _read("instructors_home", "A file of the instructor's home is read.", "got = read('<<home>>/.bashrc')"),
    _read("instructors_key", "The instructor's key is read.", "got = read('<<home>>/.ssh/id_rsa')"),
    _read(
        "whole_course",
        "The course is searched, folder by folder.",
        "got = [read(os.path.join(at, name)) for at, _, names in os.walk('<<course>>') for name in names]",
    ),
    _read(
        "by_a_program",
        "Another program reads the gradebook.",
        """\
import subprocess
got = subprocess.run([sys.executable, '-S', '-c', "print(open('<<course>>/gradebook.db').read())"], capture_output=True).stdout""",
    ),
    _read("by_a_shell", "A shell reads the gradebook.", "got = os.popen('cat <<course>>/gradebook.db').read()"),
    _read(
        "by_magic",
        "IPython's own commands read the gradebook.",
        """\
from IPython import get_ipython
got = list(get_ipython().getoutput('cat <<course>>/gradebook.db'))""",
    ),
    _read(
        "by_numpy",
        "numpy maps the gradebook into memory.",
        """\
import numpy
got = bytes(numpy.memmap('<<course>>/gradebook.db', mode='r'))""",
    ),
    _read(
        "by_mmap",
        "The gradebook is mapped into memory.",
        """\
import mmap
with open('<<course>>/gradebook.db') as file:
    got = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)[:]""",
    ),
    _read(
        "by_libc",
        "The C library opens the gradebook.",
        """\
libc = ctypes.CDLL(None)
number = libc.open(b'<<course>>/gradebook.db', 0)
got = os.read(number, 100)""",
    ),
    _read(
        "by_a_path_descriptor",
        "A descriptor that only names the gradebook is opened anew.",
        """\
number = os.open('<<course>>/gradebook.db', os.O_PATH)
got = read(f'/proc/self/fd/{number}')""",
    ),
    _read(
        "by_a_folder_descriptor",
        "The gradebook is opened relative to its folder.",
        """\
folder = os.open('<<course>>', os.O_RDONLY | os.O_DIRECTORY)
got = os.read(os.open('gradebook.db', os.O_RDONLY, dir_fd=folder), 100)""",
    ),
    _read(
        "by_working_folder",
        "The course becomes the working folder first.",
        """\
before = os.getcwd()
os.chdir('<<course>>')
try:
    got = read('gradebook.db')
finally:
    os.chdir(before)""",
    ),
    _read(
        "by_root_link",
        "The gradebook is read by `/proc/self/root`.",
        "got = read('/proc/self/root<<course>>/gradebook.db')",
    ),
    _read(
        "by_symbolic_link",
        "A link out of the scratch folder is followed.",
        """\
os.symlink('<<course>>/gradebook.db', 'link')
got = read('link')""",
    ),
    _read(
        "by_hard_link",
        "The gradebook is linked into the scratch folder.",
        """\
os.link('<<course>>/gradebook.db', 'hard')
got = read('hard')""",
    ),
    _read(
        "by_renaming",
        "The gradebook is moved into the scratch folder and back.",
        """\
os.rename('<<course>>/gradebook.db', 'moved')
got = read('moved')
os.rename('moved', '<<course>>/gradebook.db')""",
    ),
    _read(
        "by_copying",
        "The course is copied.",
        """\
import shutil
shutil.copytree('<<course>>', 'copy')
got = read('copy/gradebook.db')""",
    ),
    _read(
        "by_sqlite",
        "SQLite opens the gradebook.",
        """\
import sqlite3
try:
    sqlite3.connect('file:<<course>>/gradebook.db?mode=ro', uri=True).execute('select * from grade')
except sqlite3.DatabaseError as error:
    got = read('<<course>>/gradebook.db') if 'not a database' in str(error) else ''""",
    ),
    _read(
        "by_importing",
        "The course's reference is imported by its path.",
        """\
import importlib.util
spec = importlib.util.spec_from_file_location('taken', '<<course>>/assignments/week1/reference.py')
got = spec.loader.get_source('taken')""",
    ),
    _read(
        "by_linecache",
        "Python's own cache of source lines reads a hidden test.",
        """\
import linecache
got = linecache.getlines('<<course>>/assignments/week1/test_softmax.py')""",
    ),
    _read(
        "by_url",
        "The gradebook is read by a `file:` URL.",
        """\
import urllib.request
got = urllib.request.urlopen('file://<<course>>/gradebook.db').read()""",
    ),
    _seen("list_course", "The names of the course's files are listed.", "got = os.listdir('<<course>>')"),
    _seen("list_home", "The names of the instructor's files are listed.", "got = os.listdir('<<home>>')"),
    _seen(
        "status_of_a_secret",
        "The size and the time of a secret file are learned.",
        "got = os.stat('<<course>>/gradebook.db').st_size",
    ),
    _seen(
        "existence_of_a_secret",
        "Whether a secret file exists is learned.",
        "got = os.path.exists('<<course>>/gradebook.db')",
    ),
    _seen("accounts", "The list of accounts is read.", "got = read('/etc/passwd')"),
    _seen("passwords", "The password file is read.", "got = read('/etc/shadow')"),
    _seen("host_name", "The machine's name is read from its file.", "got = read('/etc/hostname')"),
    _seen(
        "shipped_hidden_test",
        "A hidden test that is shipped is read.",
        "got = read('<<package>>/assignments/xor/test_stuck.py')",
    ),
    _seen(
        "shipped_reference",
        "A reference solution that is shipped is read.",
        "got = read('<<package>>/assignments/xor/reference.py')",
    ),
    _seen(
        "shipped_mistakes",
        "The bank of mistakes is read.",
        "got = read('<<package>>/assignments/xor/mistakes/stuck.diff')",
    ),
    _seen("seeds", "How seeds are made is read.", "got = read('<<package>>/engine/seed.py')"),
    _seen("list_assignments", "The names of hidden tests are listed.", "got = os.listdir('<<package>>/assignments')"),
    _seen(
        "import_assignments",
        "The folder of hidden tests is imported.",
        """\
sys.path.append(os.path.dirname('<<package>>'))
import chainrule.assignments
got = True""",
    ),
    _seen("import_engine", "What asks hidden tests is imported.", "import chainrule.engine.hidden_tests\ngot = True"),
    _seen(
        "import_reference",
        "A reference solution is imported.",
        """\
import chainrule.assignments.xor.reference
got = True""",
    ),
    _seen(
        "import_sandbox",
        "The trusted side of the sandbox is imported.",
        """\
import chainrule.sandbox.server
got = True""",
    ),
    _seen("import_nbgrader", "nbgrader, which finds the gradebook, is imported.", "import nbgrader.api\ngot = True"),
    _seen(
        "package_resources",
        "Hidden tests are read as resources of the package.",
        """\
import importlib.resources
got = [one.name for one in importlib.resources.files('chainrule').iterdir() if one.name == 'assignments']""",
    ),
    _read("server_log", "The fork server's log is read.", "got = read('../../../server.log')"),
    _read(
        "planted_link",
        "A link among the kernel's sockets leads the grader to a file of the attacker's choice.",
        """\
os.symlink('<<course>>/gradebook.db', '../s/link')
got = read('../s/link')
os.remove('../s/link')""",
    ),
    _seen(
        "devices",
        "The machine's disk, memory, messages or consoles are opened.",
        """\
got = []
for one in ('/dev/vda', '/dev/sda', '/dev/nvme0n1', '/dev/mem', '/dev/kmsg', '/dev/kvm', '/dev/console', '/dev/tty0', '/dev/fuse', '/dev/net/tun', '/dev/port'):
    try:
        os.close(os.open(one, os.O_RDONLY | os.O_NONBLOCK))
        got.append(one)
    except OSError:
        pass""",
    ),
    _seen(
        "kernel_log",
        "The kernel's log is read.",
        """\
size = ctypes.CDLL(None, use_errno=True).klogctl(10, None, 0)
got = size > 0""",
    ),
    _read("shared_memory_file", "A file in shared memory is read.", "got = read('<<shared>>')"),
    _read("shared_memory_folder", "Shared memory is searched.", "got = [read(one) for one in glob.glob('/dev/shm/*')]"),
    _read(
        "shared_memory_segment",
        "A System V segment is attached.",
        """\
libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
place = libc.shmat(<<segment>>, None, 0o10000)
if place in (None, ctypes.c_void_p(-1).value):
    raise OSError(ctypes.get_errno(), 'shmat')
got = ctypes.string_at(place)
libc.shmdt(ctypes.c_void_p(place))""",
    ),
)

PROCESSES: tuple[Attack, ...] = (
    _read("environment", "The grader's environment is inherited.", "got = dict(os.environ)"),
    _seen("environment_of_parent", "The environment of the parent is read.", "got = read(f'/proc/{guard}/environ')"),
    _read(
        "environment_of_grader",
        "The environment of the grader is read.",
        "got = read('/proc/<<grader>>/environ') + read('/proc/<<bystander>>/environ')",
    ),
    _read(
        "environment_of_all",
        "The environments of all processes are read.",
        "got = [held for held in every(read, glob.glob('/proc/[0-9]*/environ')) if b'bait-' in held]",
    ),
    _read(
        "arguments_of_others",
        "The command lines of all processes are read.",
        "got = [held for held in every(read, glob.glob('/proc/[0-9]*/cmdline')) if b'bait-' in held]",
    ),
    _read(
        "memory_of_others",
        "The memory of another process is read by `/proc`.",
        """\
got = []
with open('/proc/<<bystander>>/maps') as maps, open('/proc/<<bystander>>/mem', 'rb', 0) as memory:
    for line in maps:
        if ' rw' in line and '[v' not in line:
            start, end = (int(one, 16) for one in line.split()[0].split('-'))
            memory.seek(start)
            held = memory.read(min(end - start, 1 << 24))
            got += [held[max(at - 8, 0): at + 40] for at in [held.find(b'bait-')] if at >= 0]""",
    ),
    _seen(
        "memory_of_guard",
        "The memory of the guard or of the fork server is opened.",
        "got = every(lambda one: os.open(f'/proc/{one}/mem', os.O_RDONLY), (guard, 1))",
    ),
    _seen(
        "memory_of_guard_written",
        "The same for writing.",
        "got = every(lambda one: os.open(f'/proc/{one}/mem', os.O_RDWR), (guard, 1))",
    ),
    _seen(
        "maps_of_guard",
        "Where things lie in the memory of the guard or of the fork server is read.",
        "got = every(read, (f'/proc/{guard}/maps', '/proc/1/maps'))",
    ),
    _seen(
        "files_of_guard",
        "The open files of the guard or of the fork server are read.",
        "got = every(os.readlink, (f'/proc/{guard}/fd/0', '/proc/1/fd/0'))",
    ),
    _seen(
        "root_of_guard",
        "Accounts are read by the root of the guard or of the fork server.",
        "got = every(read, (f'/proc/{guard}/root/etc/passwd', '/proc/1/root/etc/passwd'))",
    ),
    _seen(
        "working_folder_of_guard",
        "The fork server's log is found by its working folder.",
        "got = every(os.listdir, (f'/proc/{guard}/cwd', '/proc/1/cwd'))",
    ),
    _read("files_of_others", "A file that another process has open is read.", "got = read('/proc/<<bystander>>/fd/0')"),
    _read(
        "root_of_others",
        "The gradebook is read by the root of another process.",
        "got = read('/proc/<<bystander>>/root<<course>>/gradebook.db')",
    ),
    _read(
        "working_folder_of_others",
        "The gradebook is read by the working folder of another process.",
        "got = read('/proc/<<bystander>>/cwd/gradebook.db')",
    ),
    _read(
        "stolen_descriptor",
        "An open file is taken from another process.",
        """\
number = os.pidfd_open(<<bystander>>)
taken = ctypes.CDLL(None, use_errno=True).syscall(438, number, 0, 0)
if taken < 0:
    raise OSError(ctypes.get_errno(), 'pidfd_getfd')
os.lseek(taken, 0, 0)
got = os.read(taken, 100)""",
    ),
    _seen(
        "inherited_descriptors",
        "A file or folder that was open before leads out.",
        """\
import stat
fonts = (b'\\x00\\x01\\x00\\x00', b'OTTO')
kinds = {number: os.fstat(number).st_mode for number in range(3, 512) if every(os.fstat, [number])}
got = [number for number, kind in kinds.items() if stat.S_ISDIR(kind)]
files = [number for number, kind in kinds.items() if stat.S_ISREG(kind)]
heads = every(lambda number: os.pread(number, 4, 0), files)
# A list of this process's own memory begins with an address.
got += [head for head in heads if head not in fonts and not set(head) <= set(b'0123456789abcdef')]""",
    ),
    _read("names_of_sockets", "The names of all sockets are read.", "got = read('/proc/net/unix')"),
    _seen("routes", "The machine's network connections are read.", "got = b'\\n' in read('/proc/net/tcp').strip()"),
    _seen(
        "core_dump",
        "A core dump holds what was in memory.",
        """\
import resource
resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
got = resource.getrlimit(resource.RLIMIT_CORE)[0]""",
    ),
    _read(
        "history",
        "IPython's history tells what others ran.",
        """\
from IPython import get_ipython
got = list(get_ipython().history_manager.get_tail(100, raw=True))""",
    ),
    _read(
        "history_file",
        "IPython's history of the instructor is read.",
        """\
held = read(os.path.expanduser('~/.ipython/profile_default/history.sqlite'))
got = held[held.index(b'bait-'):][:60]""",
    ),
)


MEMORY: tuple[Attack, ...] = (
    Answer(
        name="callers_frames",
        tries="The expected value is found in the frames of whoever calls.",
        code="""\
def EXERCISE(x):
    import sys
    frame = sys._getframe(1)
    while frame:
        for names in (frame.f_locals, frame.f_globals):
            if 'want' in names:
                return names['want']
        frame = frame.f_back
    return x""",
    ),
    Answer(
        name="reference_among_objects",
        tries="The reference is found among all objects of the garbage collector, and called.",
        code="""\
def EXERCISE(x):
    import gc, types
    for one in gc.get_objects():
        if type(one) is types.FunctionType and 'reference' in one.__name__ and one.__code__.co_argcount == 1:
            try:
                return one(x)
            except Exception:
                continue
    return x""",
        check="def reference_of_it(x):\n    return 2 * x\n\nassert np.allclose(EXERCISE(x), reference_of_it(x))",
    ),
    Answer(
        name="reference_among_modules",
        tries="The reference is found among the modules that are loaded, and called.",
        code="""\
def EXERCISE(x):
    import sys
    for module in list(sys.modules.values()):
        for one in ('reference', 'solution'):
            function = getattr(module, one, None)
            if callable(function) and getattr(function, '__module__', '') == '__main__':
                return function(x)
    return x""",
        check="def solution(x):\n    return 2 * x\n\nassert np.allclose(EXERCISE(x), solution(x))",
    ),
    Answer(
        name="history_of_inputs",
        tries="The hidden test is read from the history of what was run, and what it expects is computed.",
        code="""\
def EXERCISE(x):
    from IPython import get_ipython
    source = get_ipython().user_ns['In'][-1]
    return eval(source.partition('want = ')[2].splitlines()[0]) if 'want = ' in source else x""",
    ),
    Answer(
        name="results_in_history",
        tries="An earlier result is found in `Out` and given for one's own.",
        code="""\
def EXERCISE(x):
    from IPython import get_ipython
    return next((one for one in get_ipython().user_ns['Out'].values()), x)""",
        check="get_ipython().displayhook.update_user_ns(2 * x)\nassert np.allclose(EXERCISE(x), 2 * x)",
    ),
)

ATTACKS = (*FILES, *PROCESSES, *MEMORY)
