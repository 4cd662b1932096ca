// Whether the connection of a terminal is slow, by the round trips of its last answers. If it is, what is typed is shown before its
// echo arrives (terminal-prediction.js).

const SLOW = 100; // ms of a round trip
const ANSWERS = 3; // in a row that must be slow: one slow answer tells of a busy page, and not of the connection

export class Slowness {
  constructor() {
    this.roundTrips = []; // ms, of the last answers
    this.isSlow = this.isDoubtful = false;
  }

  // The connection has answered after `roundTrip` ms.
  answered(roundTrip) {
    this.roundTrips = [...this.roundTrips.slice(1 - ANSWERS), roundTrip];
    const least = this.roundTrips.length < ANSWERS ? 0 : Math.min(...this.roundTrips);
    this.isSlow = least > (this.isSlow ? SLOW / 2 : SLOW);
    this.isDoubtful = !this.isSlow && roundTrip > SLOW; // more answers are needed to know it
  }
}
