/** One line of `/proc/self/mountinfo`. */
export interface Mount {
  /** `major:minor` of the device: equal for two mounts of one file system. */
  readonly device: string;
  /** Folder inside the file system that is mounted. */
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  /** e.g. `/dev/vda1`, `overlay`. */
  readonly source: string;
  /** Options of the file system itself; a cgroup mount names its controllers here. */
  readonly options: readonly string[];
}

/** Reads `/proc/self/mountinfo`; a line of another format is left out. */
export function parseMounts(mountinfo: string): Mount[] {
  return mountinfo.split('\n').flatMap((line) => {
    const [before, after] = line.split(' - ');
    const [, , device, root, mountPoint] = before?.split(' ') ?? [];
    const [type, source, options] = after?.split(' ') ?? [];
    if (!device || !root || !mountPoint || !type || !source) return [];
    return [
      {
        device,
        root: unescape(root),
        mountPoint: unescape(mountPoint),
        type,
        source: unescape(source),
        options: options?.split(',') ?? [],
      },
    ];
  });
}

/** The kernel writes blanks and backslashes in paths as octal numbers. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(parseInt(octal, 8)),
  );
}
