/**
 * Files below one root. Paths are relative, with `/`, without `..`. What was not synced is lost in a crash of the simulated disk,
 * as it may be on a real one: sync the file for its bytes and the directory for its name.
 *
 * Failures throw STORE_FAILED, or FULL when the volume is full.
 *
 * @module
 */
export interface DiskFile extends AsyncDisposable {
  /** Reads into `into` from `position`; returns bytes read, 0 at the end. */
  read(into: Uint8Array, position: number): Promise<number>
  write(from: Uint8Array, position: number): Promise<void>
  /** fdatasync: bytes written so far survive a crash. */
  sync(): Promise<void>
  size(): Promise<number>
  truncate(sizeBytes: number): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  /** `create` makes the file or opens an existing one for reading and writing; `read` fails with undefined result when missing. */
  open(path: string, mode: 'read'): Promise<DiskFile | undefined>
  open(path: string, mode: 'create'): Promise<DiskFile>
  /** Atomic replacement. Durable after `syncFolder` of both folders. */
  rename(from: string, to: string): Promise<void>
  /** True if there was such a file. */
  remove(path: string): Promise<boolean>
  makeFolder(path: string): Promise<void>
  syncFolder(path: string): Promise<void>
  /** Names in a folder, in no order; [] when missing. */
  list(path: string): Promise<string[]>
  /** Whole small file (limit 16 MiB) or undefined. */
  readFile(path: string): Promise<Uint8Array | undefined>
  /** tmp, write, sync, rename, sync folder. */
  writeFileDurably(path: string, bytes: Uint8Array): Promise<void>
  space(): Promise<{ readonly totalBytes: number; readonly freeBytes: number }>
}
