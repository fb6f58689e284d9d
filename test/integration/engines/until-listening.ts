import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'

/** Resolves when something accepts connections on the loopback port. */
export async function untilListening(port: number): Promise<void> {
  while (!(await accepts(port))) await pause(20)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
