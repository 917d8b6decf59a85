export * from './convictions.ts'
export * from './kept.ts'
export type { KeptConviction } from './room.ts'
