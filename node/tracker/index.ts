export { startTracker, type Tracker, type TrackerConfig } from './start.ts'
