export * from './ask.ts'
export * from './in-turn.ts'
