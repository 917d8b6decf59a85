export * from './heard-trackers.ts'
export * from './heartbeat.ts'
export * from './inventory.ts'
