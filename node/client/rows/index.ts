export * from './epochs.ts'
export type { RowHead } from './heads.ts'
export * from './row-client.ts'
export * from './row-clients.ts'
