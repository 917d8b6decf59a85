export * from './ask.ts'
export * from './ask-together.ts'
