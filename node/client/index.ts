/**
 * The LunarX SDK: encrypted objects as streams.
 *
 * @module
 */
export * from './client.ts'
export { openClient, type ClientConfig } from './open.ts'
export { readableOf } from './readable.ts'
export type { ByteRange } from './get/cut.ts'
export type { GetProgress } from './get/index.ts'
export type { PutProgress } from './put/index.ts'
export type { Source } from './put/split.ts'
export type { ObjectStat } from './stat.ts'
