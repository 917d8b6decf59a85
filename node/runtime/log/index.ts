export * from './log.ts'
export * from './pino.ts'
export * from './trace.ts'
