"""Files of strangers by libraries: workbooks by calamine and XlsxWriter, XML by the standard parser, defused."""
