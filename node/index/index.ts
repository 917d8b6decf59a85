export * from './ask/index.ts'
export * from './start.ts'
