"""Models in the cache of the Hugging Face Hub, laid out by `huggingface_hub` itself, and links that lead elsewhere."""

import os
import shutil
import sys
from pathlib import Path

import pytest
import torch
from checkpoint.hub import COMMIT, REPO, SHARE, download, hub, in_python
from models import byte_tokenizer, random_model

import lessons_lib
from lessons_lib.checkpoint import CheckpointError, save_pretrained
from lessons_lib.tokenizer import load_tokenizer

links = pytest.mark.skipif(sys.platform == "win32", reason="Windows lets few users make links; the Hub copies there")


@pytest.fixture(scope="module")
def model():
    return random_model(vocab_size=300, eos_token_id=2)


@pytest.fixture(scope="module")
def published(model, tmp_path_factory):
    """The files of a repository: a model in two shards, and the same again in a subfolder."""
    folder = tmp_path_factory.mktemp("published")
    byte_tokenizer().save(str(folder / "tokenizer.json"))
    save_pretrained(model, folder / "model", load_tokenizer(folder / "tokenizer.json"), max_shard_size=130_000)
    files = {path.name: path.read_bytes() for path in (folder / "model").iterdir()}
    assert len([name for name in files if name.endswith(".safetensors")]) == 2
    return files | {f"inner/{name}": content for name, content in files.items()}


@pytest.fixture(scope="module")
def downloaded(published, tmp_path_factory):
    folder = tmp_path_factory.mktemp("downloaded") / "cache"
    with hub(published) as address:
        download(address, folder)
    return folder


@pytest.fixture
def cache(downloaded, tmp_path):
    """A cache with the repository in it."""
    return shutil.copytree(downloaded, tmp_path / "cache", symlinks=True)


def snapshot(cache) -> Path:
    return cache / "models--owner--tiny-model" / "snapshots" / COMMIT


def assert_loads(source, model):
    again, tokenizer = lessons_lib.load(source)
    assert tokenizer.vocab_size == 294
    assert all(torch.equal(tensor, again.state_dict()[name]) for name, tensor in model.state_dict().items())


def test_a_model_of_the_cache_loads_by_every_path_to_it(cache, model, monkeypatch):
    folder = snapshot(cache)
    assert (folder / "config.json").is_symlink() or sys.platform == "win32"
    assert_loads(folder, model)
    assert_loads(folder / "inner", model)
    assert_loads(folder.parents[1], model)  # that of the repository: its main version
    assert_loads(folder / "model-00001-of-00002.safetensors", model)
    monkeypatch.chdir(folder)
    assert_loads(".", model)
    monkeypatch.chdir(folder.parents[1])
    assert_loads(".", model)
    assert load_tokenizer(folder).encode("head") == lessons_lib.load(folder)[1].encode("head")


@links
def test_a_link_to_the_folder_loads_too(cache, model, tmp_path):
    (tmp_path / "my model").symlink_to(snapshot(cache))
    assert_loads(tmp_path / "my model", model)
    (tmp_path / "another cache").symlink_to(cache)
    assert_loads(snapshot(tmp_path / "another cache"), model)


def test_what_is_fetched_from_the_hub_loads(published, model, tmp_path):
    code = "import sys; from lessons_lib.assets import fetch_hub; print(fetch_hub(*sys.argv[1:]))"
    with hub(published) as address:
        places = {"HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
        folder = in_python(code, REPO, "main", **places)
    assert Path(folder).is_relative_to(tmp_path)
    assert_loads(folder, model)


def test_where_the_hub_cannot_link_it_copies_and_the_copies_load(published, model, tmp_path):
    with hub(published) as address:
        # One file at a time: of files with one content, a thread may move what another is about to copy.
        settings = {"variables": {"HF_HUB_DISABLE_SYMLINKS": "1"}, "max_workers": 1}
        folder = Path(download(address, tmp_path / "cache", **settings))
        plain = Path(download(address, tmp_path / "cache", local_dir=str(tmp_path / "plain")))
    assert not any(path.is_symlink() for path in folder.rglob("*"))
    for source in (folder, folder.parents[1], plain):
        assert_loads(source, model)


@links
def test_what_several_repositories_share_loads(cache, model):
    """`huggingface_hub` 2 moves what it fetched by Xet into a store of the whole cache, and links to it."""
    file = snapshot(cache) / "model-00001-of-00002.safetensors"
    in_python(SHARE, str(cache), str(file.resolve()))
    assert file.resolve().is_relative_to(cache / "blobs")
    assert_loads(snapshot(cache), model)


@links
def test_a_store_that_the_hub_did_not_make_is_not_trusted(cache):
    file = snapshot(cache) / "model-00001-of-00002.safetensors"
    in_python(SHARE, str(cache), str(file.resolve()))
    (cache / "blobs" / ".huggingface-shared-blobs").unlink()
    with pytest.raises(CheckpointError, match="a link out of the folder"):
        lessons_lib.load(snapshot(cache))


def test_a_repository_stands_for_its_main_version(cache, model):
    repository = snapshot(cache).parents[1]
    shutil.copytree(snapshot(cache), repository / "snapshots" / "another", symlinks=True)
    (repository / "snapshots" / "another" / "config.json").unlink()
    assert_loads(repository, model)
    (repository / "refs" / "main").write_text("gone")
    with pytest.raises(CheckpointError, match=rf"main: version: got gone, allowed .*: {COMMIT}, another"):
        lessons_lib.load(repository)
    (repository / "refs" / "main").write_text("../../other")
    with pytest.raises(CheckpointError, match=r"version: got \.\./\.\./other"):
        lessons_lib.load(repository)
    (repository / "refs" / "main").unlink()
    with pytest.raises(CheckpointError, match="version: got nothing"):
        lessons_lib.load(repository)
    shutil.rmtree(repository / "snapshots" / "another")
    assert_loads(repository, model)  # the only one
    shutil.rmtree(snapshot(cache))
    with pytest.raises(CheckpointError, match="there is none"):
        lessons_lib.load(repository)


def elsewhere(cache, name, content) -> Path:
    path = cache.parent / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def to_another_repository(cache, blob):
    return elsewhere(cache, "cache/models--owner--other/blobs/ab12", blob.read_bytes())


def to_a_dataset(cache, blob):
    return elsewhere(cache, "cache/datasets--owner--tiny-model/blobs/ab12", blob.read_bytes())


def to_a_file_of_the_same_hash(cache, blob):
    return elsewhere(cache, f"blobs/{blob.name}", blob.read_bytes())


def to_the_cache_itself(cache, blob):
    return elsewhere(cache, "cache/ab12", blob.read_bytes())


def to_a_name_beside_the_repository(cache, blob):
    return elsewhere(cache, "cache/models--owner--tiny-model-evil/blobs/ab12", blob.read_bytes())


def by_two_links(cache, blob):
    middle = blob.with_name("middle")
    middle.symlink_to(elsewhere(cache, "outside", blob.read_bytes()))
    return middle


def by_a_linked_folder(cache, blob):
    outside = elsewhere(cache, "outside/file", blob.read_bytes())
    (blob.parent / "more").symlink_to(outside.parent)
    return blob.parent / "more" / "file"


def by_a_way_back(cache, blob):
    outside = elsewhere(cache, "outside/file", blob.read_bytes())
    return Path(os.path.relpath(outside, blob.parent))


@links
@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model-00002-of-00002.safetensors"])
@pytest.mark.parametrize(
    "target",
    [
        *(to_another_repository, to_a_dataset, to_a_file_of_the_same_hash, to_the_cache_itself),
        *(to_a_name_beside_the_repository, by_two_links, by_a_linked_folder, by_a_way_back),
    ],
)
def test_a_link_out_of_the_repository_is_refused_whatever_it_leads_to(cache, name, target):
    file = snapshot(cache) / name
    blob = file.resolve()
    file.unlink()
    file.symlink_to(target(cache, blob))
    if not file.exists():  # a relative one
        file.unlink()
        file.symlink_to(Path("../../blobs") / target(cache, blob))
    assert file.read_bytes() == blob.read_bytes()
    with pytest.raises(CheckpointError, match=rf"{name}: file: got a link out of the folder"):
        lessons_lib.load(snapshot(cache))


@links
def test_links_that_end_nowhere_are_missing_files(cache):
    file = snapshot(cache) / "config.json"
    file.unlink()
    file.symlink_to(file.name)  # round in a circle
    with pytest.raises(CheckpointError, match=r"config\.json: got nothing"):
        lessons_lib.load(snapshot(cache))
    (snapshot(cache) / "model-00001-of-00002.safetensors").resolve().unlink()
    shutil.copy(snapshot(cache) / "inner" / "config.json", snapshot(cache) / "new")
    file.unlink()
    (snapshot(cache) / "new").rename(file)
    with pytest.raises(CheckpointError, match=r"weight_map: got no model-00001-of-00002\.safetensors, allowed files"):
        lessons_lib.load(snapshot(cache))


@links
def test_chains_of_links_inside_the_repository_are_followed(cache, model):
    file = snapshot(cache) / "config.json"
    blob = file.resolve()
    (blob.parent / "one").symlink_to(blob.name)
    (blob.parent / "two").symlink_to("one")
    file.unlink()
    file.symlink_to("../../blobs/two")
    assert_loads(snapshot(cache), model)


@links
def test_errors_name_the_file_and_not_the_blob(cache):
    (snapshot(cache) / "config.json").resolve().write_text("{")
    with pytest.raises(CheckpointError, match=rf"{COMMIT}/config\.json: JSON"):
        lessons_lib.load(snapshot(cache))


def test_a_download_that_was_cut_off_is_said_to_be_one(cache, model):
    folder = snapshot(cache)
    weights = folder / "model-00001-of-00002.safetensors"
    blob = weights.resolve()
    weights.unlink()
    blob.rename(blob.with_name(f"{blob.name}.1a2b3c4d.incomplete"))
    with pytest.raises(CheckpointError, match=r"no model-00001-of-00002\.safetensors, .* start it again"):
        lessons_lib.load(folder)


def test_a_file_is_opened_once(cache, monkeypatch):
    """`load` asks for the config, the settings of the tokenizer and of generation, and the weights, each one time."""
    opened = []
    monkeypatch.setattr("io.open", counted(open, opened))
    monkeypatch.setattr("builtins.open", counted(open, opened))
    lessons_lib.load(snapshot(cache))
    names = [path.name for path in snapshot(cache).iterdir() if path.is_file()]
    real = {(snapshot(cache) / name).resolve().name: name for name in names}
    found = [real[Path(path).name] for path in opened if Path(path).name in real]
    assert sorted(found) == sorted(names)


def counted(function, calls):
    def call(path, *args, **kwargs):
        calls.append(str(path))
        return function(path, *args, **kwargs)

    return call
