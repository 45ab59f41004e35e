import { mount } from 'svelte';
import App from './App.svelte';
import './app.css';
import { startLanguage } from './lib/i18n.svelte';
import { session } from './lib/session.svelte';
import { startTheme } from './lib/theme.svelte';

startTheme();
await startLanguage();
mount(App, { target: document.getElementById('app')! });
void session.start();
