export * from './ask.ts'
export * from './ask-together.ts'
export * from './each-in-turn.ts'
