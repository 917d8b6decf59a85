export type { TrackerConfig } from './config.ts'
export { startTracker, type Tracker } from './start.ts'
