/** A page of an application with @logto/browser in it: the test calls the client as a script of the page would. */
import LogtoClient from '@logto/browser';

Object.assign(globalThis, { makeClient: (config: never) => new LogtoClient(config) });
