#!/bin/sh
# One node of the Swarm lab: an engine in namespaces of its own. Started by swarm-lab.ts as
#   unshare --net --mount --propagation private --pid --fork --kill-child=KILL sh swarm-node.sh …
# and told by a line on its input that its cable (eth0) is plugged in. Nothing here reaches the machine's own
# mounts, network or devices: every mount is private, every address and rule belongs to this namespace.
set -eu
if [ $$ != 1 ]; then
  echo "swarm-node.sh changes the mounts and the network of where it runs: start it through swarm-lab.ts" >&2
  exit 1
fi
folder=$1 name=$2 address=$3 gateway=$4 registries=$5

# Without a sysfs of this network the engine cannot set up the bridge of an overlay network.
mkdir -p "$folder/cgroup" "$folder/data"
mount --rbind /sys/fs/cgroup "$folder/cgroup"
umount -l /sys
mount -t sysfs sysfs /sys
mount --rbind "$folder/cgroup" /sys/fs/cgroup
mount -t proc proc /proc
# Engines that share /run share their network sandboxes.
mount -t tmpfs tmpfs /run

echo ready
read -r _ || exit 0
hostname "$name"
ip link set lo up
ip address add "$address/24" dev eth0
ip link set eth0 up
ip route add default via "$gateway"
# The registries of the tests listen on loopback of the machine and have the same addresses here.
echo 1 >/proc/sys/net/ipv4/conf/all/route_localnet
for registry in $registries; do
  iptables -t nat -A OUTPUT -d 127.0.0.1 -p tcp --dport "$registry" -j DNAT --to-destination "$gateway:$registry"
  iptables -t nat -A POSTROUTING -d "$gateway" -p tcp --dport "$registry" -j MASQUERADE
done

# What a killed engine left names processes by numbers that others have here.
rm -rf "$folder/exec" "$folder/pid"
# The shell stays the first process: it collects what the engine's helpers leave. As systemd does, it starts an engine
# again that crashed: a Go program that panics ends with status 2, one that a signal ends with more than 128.
log=$folder/log
touch "$log"
over=
trap 'over=1; kill -TERM $engine' TERM
while :; do
  begin=$(wc -c <"$log")
  dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
    --host "unix://$folder/sock" --host unix:///run/docker.sock --bridge none --cgroup-parent "/$name" --storage-driver overlay2 \
    --config-file "$folder/daemon.json" >>"$log" 2>&1 </dev/null &
  engine=$!
  while :; do
    wait $engine && status=0 || status=$?
    kill -0 $engine 2>/dev/null || break
  done
  if [ "$over" ] || [ $status = 0 ] || [ $status = 1 ]; then break; fi
  words=$(tail -c "+$((begin + 1))" "$log" | grep -m 1 -E '^(panic:|fatal error:|SIG[A-Z]+:)' || true)
  echo "${words:-ended with status $status}" >>"$folder/crashes"
  sleep 1
done
