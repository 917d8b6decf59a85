export * from './kad.ts'
