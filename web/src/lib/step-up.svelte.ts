// What is dangerous asks for password or code again. Whatever call meets that waits here for the answer and then goes on.
import { onStepUp } from './api';

class StepUp {
  asking = $state.raw(false);
  private waiting: ((given: boolean) => void)[] = [];

  ask(): Promise<boolean> {
    this.asking = true;
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  answer(given: boolean): void {
    this.asking = false;
    for (const resolve of this.waiting.splice(0)) resolve(given);
  }
}

export const stepUp = new StepUp();
onStepUp(() => stepUp.ask());
