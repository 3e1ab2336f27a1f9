/** Every key of a service that is carried out. Any other makes the app unsupported. */
export const SERVICE_KEYS = `
  annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs
  container_name cpu_count cpu_percent cpu_period cpu_quota cpu_shares cpus cpuset depends_on deploy
  develop device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file
  environment expose extra_hosts gpus group_add healthcheck hostname image init ipc label_file labels
  links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode
  networks oom_kill_disable oom_score_adj pid pids_limit platform ports privileged profiles
  pull_policy read_only restart runtime scale secrets security_opt shm_size stdin_open
  stop_grace_period stop_signal storage_opt sysctls tmpfs tty ulimits user userns_mode uts volumes
  volumes_from working_dir`.trim();
