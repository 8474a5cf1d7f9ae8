import fs from 'node:fs';

interface OpenFile {
  fd: number;
  size: number;
  openedAt: number;
  readers: number;
  /** Set when it is to be closed with its last reader. */
  retired: boolean;
}

// within this time a file replaced by another process may still be read as it was
const trustedMs = 1_000;

/** Open files for reading, so that many small reads of one object cost one system call each. */
export class OpenFiles {
  private readonly files = new Map<string, OpenFile>();
  private readonly limit: number;
  private forgotten = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Reads up to `length` bytes (all when undefined) from `start`. Undefined when there is no such file. */
  async read(path: string, start: number, length: number | undefined): Promise<Uint8Array | undefined> {
    const file = this.recent(path) ?? (await this.open(path));
    if (file === undefined) return undefined;
    try {
      const wanted = Math.max(0, Math.min(length ?? file.size, file.size - start));
      return wanted === 0 ? new Uint8Array(0) : await readBytes(file.fd, start, wanted);
    } finally {
      file.readers -= 1;
      if (file.retired && file.readers === 0) fs.close(file.fd, ignore);
    }
  }

  /** To be called when a file was replaced or deleted. */
  forget(path: string): void {
    this.forgotten += 1;
    const file = this.files.get(path);
    if (file === undefined) return;
    this.files.delete(path);
    retire(file);
  }

  forgetBelow(folder: string): void {
    this.forgotten += 1;
    for (const path of [...this.files.keys()]) if (path.startsWith(folder)) this.forget(path);
  }

  /** Answers the file with the caller counted among its readers; so does `open`. */
  private recent(path: string): OpenFile | undefined {
    const file = this.files.get(path);
    if (file === undefined) return undefined;
    this.files.delete(path);
    if (Date.now() - file.openedAt > trustedMs) {
      retire(file);
      return undefined;
    }
    this.files.set(path, file); // now the youngest
    file.readers += 1;
    return file;
  }

  private async open(path: string): Promise<OpenFile | undefined> {
    const before = this.forgotten;
    const fd = await openFile(path);
    if (fd === undefined) return undefined;
    const size = await fileSize(fd);
    if (size === undefined) {
      fs.close(fd, ignore);
      return undefined;
    }
    const file: OpenFile = { fd, size, openedAt: Date.now(), readers: 1, retired: false };
    // replaced between the opening and now: good for this one read, which had begun before
    if (this.forgotten !== before) file.retired = true;
    else this.keep(path, file);
    return file;
  }

  private keep(path: string, file: OpenFile): void {
    const other = this.files.get(path); // opened by another read meanwhile
    if (other !== undefined) retire(other);
    this.files.set(path, file);
    if (this.files.size <= this.limit) return;
    const [oldest] = this.files;
    if (oldest === undefined) return;
    this.files.delete(oldest[0]);
    retire(oldest[1]);
  }
}

function retire(file: OpenFile): void {
  file.retired = true;
  if (file.readers === 0) fs.close(file.fd, ignore);
}

function ignore(): void {}

// The callback functions of node:fs cost a third of what the promise API does for a read of this size.

function openFile(path: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    fs.open(path, 'r', (error, fd) => {
      if (error === null) resolve(fd);
      else if (error.code === 'ENOENT' || error.code === 'ENOTDIR') resolve(undefined);
      else reject(error);
    });
  });
}

/** Undefined for what is not a file. */
function fileSize(fd: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    fs.fstat(fd, (error, stats) => {
      if (error === null) return resolve(stats.isFile() ? stats.size : undefined);
      fs.close(fd, ignore);
      reject(error);
    });
  });
}

function readBytes(fd: number, start: number, length: number): Promise<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(length);
  return new Promise((resolve, reject) => {
    const more = (done: number) => {
      fs.read(fd, buffer, done, length - done, start + done, (error, count) => {
        if (error !== null) reject(error);
        else if (count === 0) resolve(buffer.subarray(0, done));
        else if (done + count < length) more(done + count);
        else resolve(buffer);
      });
    };
    more(0);
  });
}
