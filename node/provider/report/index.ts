export * from './heartbeat.ts'
export * from './inventory.ts'
