export * from './ask-in-turn.ts'
export * from './trackers.ts'
