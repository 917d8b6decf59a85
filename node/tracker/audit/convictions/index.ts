export * from './convictions.ts'
export * from './kept.ts'
