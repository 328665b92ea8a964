"""The files of deploy/: tools that others keep find no fault, wrong variants are refused, and they fit the server."""

import re
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from lessons_lib.apps.server.__main__ import _FLUSH, parser

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
KUBERNETES = ("kubernetes.yaml", "vllm.yaml")
# The fields of LLMConfig (which refuses others) and of AutoscalingConfig in ray 2.60.0, by model_json_schema().
LLM_CONFIG = {*re.findall(r"\w+", """
    runtime_env model_loading_config llm_engine engine_kwargs accelerator_type accelerator_config
    placement_group_config lora_config deployment_config server_cls experimental_configs log_engine_metrics
    callback_config
""")}  # fmt: skip
AUTOSCALING = {*re.findall(r"\w+", """
    min_replicas initial_replicas max_replicas target_ongoing_requests metrics_interval_s look_back_period_s
    smoothing_factor upscale_smoothing_factor downscale_smoothing_factor upscaling_factor downscaling_factor
    downscale_delay_s downscale_to_zero_delay_s upscale_delay_s aggregation_function policy
""")}  # fmt: skip


def documents(name):
    return [*yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8"))]


def faults(text):
    """What Kubernetes' schemas say of a file, strictly: unknown fields are faults."""
    found = []
    for document in yaml.safe_load_all(text):
        try:
            kubernetes_validate.validate(document, "1.37", strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            found.append(str(error))
    return found


def composed(folder, text):
    """What Docker Compose makes of a file: its exit code, and what it says. It needs no Docker."""
    (folder / "compose.yaml").write_text(text, encoding="utf-8")
    tool = Path(sys.executable).with_name("docker-compose")
    done = subprocess.run([tool, "-f", folder / "compose.yaml", "config"], capture_output=True, text=True)
    return done.returncode, done.stdout or done.stderr


@pytest.mark.parametrize("name", KUBERNETES)
def test_kubernetes_knows_every_field(name):
    assert faults((DEPLOY / name).read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("name", KUBERNETES)
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("terminationGracePeriodSeconds: 50", "terminationGracePeriod: 50"),
        ("path: /health", "paths: /health"),
        ("replicas:", "replica:"),
        ("port: http}", "port: {name: http}}"),
        ("runAsUser: 10001", "runAsUser: server"),
        ("kind: Service", "kind: Servise"),
        ("selector:\n    matchLabels", "selectors:\n    matchLabels"),
    ],
)
def test_kubernetes_refuses_a_slip(name, right, wrong):
    text = (DEPLOY / name).read_text(encoding="utf-8")
    assert right in text and faults(text.replace(right, wrong))


def test_compose_reads_what_stands_there(tmp_path):
    code, said = composed(tmp_path, (DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    services = yaml.safe_load(said)["services"]
    assert code == 0 and {*services} == {"server", "postgres"}
    assert all(port["host_ip"] == "127.0.0.1" for each in services.values() for port in each["ports"])
    server = services["server"]
    assert float(server["environment"]["OMP_NUM_THREADS"]) == server["cpus"]
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert server["secrets"][0]["target"] in recipe.splitlines()[-1] and "EXPOSE 8000" in recipe
    assert int(server["stop_grace_period"].removesuffix("s")) >= parser().parse_args(["model"]).drain + 2 * _FLUSH


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("mem_limit", "memory_limit", "memory_limit"),
        ("secrets: [password]", "secrets: [passwords]", "passwords"),
        ("notes: {}", "note: {}", "notes"),
        ("stop_grace_period: 50s", "stop_grace_period: soon", "stop_grace_period"),
        ('"127.0.0.1:8000:8000"', '"127.0.0.1:eight"', "eight"),
    ],
)
def test_compose_refuses_a_slip(right, wrong, said, tmp_path):
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    assert right in text
    code, message = composed(tmp_path, text.replace(right, wrong))
    assert code != 0 and said in message


@pytest.mark.parametrize("name", KUBERNETES)
def test_a_replica_is_closed_limited_probed_and_let_finish(name):
    deployment, service = documents(name)[:2]
    pod = deployment["spec"]["template"]["spec"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    assert labels == service["spec"]["selector"] == deployment["spec"]["selector"]["matchLabels"]
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 10001
    for container in [*pod.get("initContainers", []), *pod["containers"]]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] and context["capabilities"] == {"drop": ["ALL"]}
        assert not context["allowPrivilegeEscalation"] and {"cpu", "memory"} <= {*container["resources"]["limits"]}
        assert not container["image"].endswith(":latest") and ":" in container["image"]
        assert {each["name"] for each in container["volumeMounts"]} <= {each["name"] for each in pod["volumes"]}
    (container,) = pod["containers"]
    assert [each["containerPort"] for each in container["ports"]] == [8000]
    probes = [container[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")]
    assert probes == [{"path": "/health", "port": "http"}] * 3
    command = container.get("args", []) + container.get("command", [])
    drain = int(command[max(command.index(each) for each in ("--drain", "--shutdown-timeout") if each in command) + 1])
    wait = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pod["terminationGracePeriodSeconds"] >= wait + drain + 2 * _FLUSH


def test_the_servers_command_is_one_that_it_takes():
    pod = documents("kubernetes.yaml")[0]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    start, options = container["args"][:3], parser().parse_args(container["args"][3:])
    assert start == ["python", "-m", "lessons_lib.apps.server"]
    assert (options.host, options.port, options.bits) == ("0.0.0.0", 8000, 8)
    keys = next(each for each in container["volumeMounts"] if each["name"] == "keys")
    assert Path(options.keys).parent == Path(keys["mountPath"])
    threads = {each["name"]: each["value"] for each in container["env"]}["OMP_NUM_THREADS"]
    assert threads == container["resources"]["limits"]["cpu"]  # else more threads than processors: each waits for all
    with pytest.raises(SystemExit):
        parser().parse_args([*container["args"][3:], "--drains", "30"])


def test_compiled_code_is_put_where_it_is_looked_for():
    pod = documents("kubernetes.yaml")[0]["spec"]["template"]["spec"]
    (first,), (server,) = pod["initContainers"], pod["containers"]
    source, target = (path.removesuffix("/.") for path in first["command"][2:])
    assert {each["mountPath"] for each in first["volumeMounts"] if each["name"] == "compiled"} == {target}
    assert {each["mountPath"] for each in server["volumeMounts"] if each["name"] == "compiled"} == {source}
    home = re.search(r"^WORKDIR (\S+server)$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert source == f"{home}/.cache/numba" and first["image"] == server["image"]


def test_ray_knows_every_field_and_gives_vllm_what_kubernetes_gives_it():
    (settings,) = documents("ray.yaml")
    (application,) = settings["applications"]
    (model,) = application["args"]["llm_configs"]
    assert application["import_path"] == "ray.serve.llm:build_openai_app" and {*model} <= LLM_CONFIG
    scaling = model["deployment_config"]["autoscaling_config"]
    assert {*scaling} <= AUTOSCALING and scaling["min_replicas"] <= scaling["max_replicas"]
    assert scaling["target_ongoing_requests"] < model["engine_kwargs"]["max_num_seqs"]
    command = documents("vllm.yaml")[0]["spec"]["template"]["spec"]["containers"][0]["command"]
    options = dict(zip(command[3::2], command[4::2], strict=True))
    for name, value in model["engine_kwargs"].items():
        assert options[f"--{name.replace('_', '-')}"] == str(value)
    assert command[2] == model["model_loading_config"]["model_source"] == "/weights"
    assert options["--served-model-name"] == model["model_loading_config"]["model_id"]
