export * from './ask.ts'
export * from './listen.ts'
export * from './pool.ts'
