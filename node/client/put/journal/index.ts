export { Journal, superseded } from './journal.ts'
export * from './journals.ts'
export * from './state.ts'
