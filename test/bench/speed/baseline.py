"""What the same answers cost with FastAPI, psutil and the Docker SDK, the usual tools in Python."""
import os

import docker
import psutil
from fastapi import FastAPI

app = FastAPI()
engine = docker.from_env()
prefix = os.environ.get("CONTAINER_PREFIX", "")


@app.get("/bare")
def bare():
    return {"ok": True}


@app.get("/app")
def one_app(name: str):
    container = engine.containers.get(prefix + name)
    return {"name": container.name, "status": container.status}


@app.get("/apps")
def all_apps():
    found = engine.containers.list(all=True, filters={"name": prefix})
    return [{"name": c.name, "status": c.status, "ports": c.ports} for c in found]


@app.get("/server")
def server():
    memory = psutil.virtual_memory()
    return {
        "ok": True,
        "cpu": psutil.cpu_percent(),
        "memory": memory.percent,
        "hdd": psutil.disk_usage("/").percent,
        "load": psutil.getloadavg(),
    }
