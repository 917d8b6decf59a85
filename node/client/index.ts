/**
 * The LunarX SDK: encrypted objects as streams.
 *
 * @module
 */
export { LunarError } from '@lunarx/core/model'
export * from './client.ts'
export { openClient, type ClientConfig } from './open.ts'
export { readableOf } from './readable.ts'
export type { Garbage, GarbageSet } from './collect-garbage.ts'
export type { OwnerLeaseRenewal, OwnerLeaseState } from './lease/index.ts'
export type { ByteRange } from './get/cut.ts'
export type { GetProgress } from './get/index.ts'
export type { CommitPolicy, PutProgress, Resumption, Source } from './put/index.ts'
export type { Restoration } from './restore/index.ts'
export type { ObjectStat } from './stat.ts'
export type { RotateProgress } from './names/index.ts'
export type { SharedStat } from './share/index.ts'
