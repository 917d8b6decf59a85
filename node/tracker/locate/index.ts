export * from './locate.ts'
