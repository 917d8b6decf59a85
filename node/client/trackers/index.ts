export * from './trackers.ts'
