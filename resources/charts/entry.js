// What a report needs of Vega: one bundle, evaluated without eval.
export { parse, View } from "vega";
export { expressionInterpreter } from "vega-interpreter";
export { compile } from "vega-lite";
