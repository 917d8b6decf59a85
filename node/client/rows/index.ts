export * from './epochs.ts'
export * from './row-client.ts'
