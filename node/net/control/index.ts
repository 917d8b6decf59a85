export * from './control.ts'
export * from './host.ts'
